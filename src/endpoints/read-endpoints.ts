/** Reads the endpoints of an exported app, and finds everything that is wrong with them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { readJsonFile, reasonOf } from '../json-file.ts';
import { ENDPOINT_METHODS, type Endpoint, nameOf, type RequestProof } from './endpoint.ts';

/** The second is of the layout before. */
const FILES = ['https_endpoints/config.json', 'http_endpoints/config.json'] as const;
/** No app has more. */
const MAX_FILE_BYTES = 2 ** 20;
const MAX_ROUTE = 1000;

const METHODS = [...ENDPOINT_METHODS, '*'] as const;
const PROOFS = ['NO_VALIDATION', 'SECRET_AS_QUERY_PARAM', 'VERIFY_PAYLOAD'] as const;

/** What an app says of an endpoint. Members that mean nothing here are ignored. */
const endpointEntry = z.looseObject({
  route: z.string().max(MAX_ROUTE).startsWith('/', 'must begin with a slash'),
  http_method: z.enum(METHODS, { error: `must be one of ${METHODS.join(', ')}` }),
  function_name: z.string().min(1),
  validation_method: z.enum(PROOFS, { error: `must be one of ${PROOFS.join(', ')}` }).optional(),
  secret_name: z.string().optional(),
  respond_result: z.boolean().default(false),
  return_type: z.enum(['JSON', 'EJSON'], { error: 'must be JSON or EJSON' }).default('EJSON'),
  fetch_custom_user_data: z.boolean().default(false),
  create_user_on_auth: z.boolean().default(false),
  disabled: z.boolean().default(false),
});
type EndpointEntry = z.output<typeof endpointEntry>;

/** What an endpoint refers to. */
interface Known {
  readonly hasFunction: (name: string) => boolean;
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** Endpoints that can be served, and why others cannot: file, place and reason. */
export interface ReadEndpoints {
  readonly endpoints: readonly Endpoint[];
  readonly problems: readonly string[];
}

/**
 * The endpoints of the app that `APP_SERVICES_EXPORT` names, or else `FUNCTIONS_DIR`, but for those that are disabled. One that
 * cannot be served as it is takes only itself out: nothing that was guarded is open.
 *
 * @throws Error if a file cannot be read, or is no list; with `isStrict` for anything that is wrong.
 */
export async function readEndpoints(
  { appServicesExport, functions }: Pick<Config, 'appServicesExport' | 'functions'>,
  hasFunction: (name: string) => boolean,
): Promise<ReadEndpoints> {
  const directory = appServicesExport ?? functions.dir;
  if (directory === undefined) return { endpoints: [], problems: [] };
  const problems: string[] = [];
  const listed = await Promise.all(FILES.map((file) => readItems(directory, file)));
  const secrets = await readSecrets(functions.secretsFile);
  const endpoints = new Map<string, Endpoint>();
  for (const { item, place } of listed.flat()) {
    const own: string[] = [];
    const endpoint = toEndpoint(item, { hasFunction, secrets }, (problem) => own.push(problem));
    const name = endpoint === null ? '' : nameOf(endpoint);
    if (endpoints.has(name)) own.push(`"${name}" is there twice`);
    if (endpoint !== null && own.length === 0) endpoints.set(name, endpoint);
    problems.push(...own.map((problem) => `${place}: ${problem}`));
  }
  if (functions.isStrict && problems.length > 0) {
    throw new Error(
      `The HTTPS endpoints of the exported app "${directory}" cannot be served: ${problems.join('; ')}. ` +
        'Correct them, or set "disabled" to true for those that are not needed',
    );
  }
  return { endpoints: [...endpoints.values()], problems };
}

/** What a file lists, whatever it is. */
async function readItems(
  directory: string,
  file: string,
): Promise<readonly { readonly item: unknown; readonly place: string }[]> {
  const text = await readText(join(directory, file)).catch((error: unknown) => {
    throw new Error(`${file} of the exported app cannot be read: ${reasonOf(error)}`);
  });
  if (text === null) return [];
  const list = parseList(text);
  if (list === null) throw new Error(`${file} must be a JSON list of endpoints`);
  return list.map((item, index) => ({ item, place: `${file} [${index}]` }));
}

/** `null`: there is no such file. */
async function readText(path: string): Promise<string | null> {
  try {
    const bytes = await readFile(path);
    if (bytes.length <= MAX_FILE_BYTES) return bytes.toString();
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
  throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
}

function parseList(text: string): readonly unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

async function readSecrets(path: string | undefined): Promise<Known['secrets']> {
  const content = (await readJsonFile('FUNCTION_SECRETS_FILE', path)) ?? {};
  const parsed = z.record(z.string(), z.unknown()).safeParse(content);
  if (parsed.success) return parsed.data;
  throw new Error('The file that FUNCTION_SECRETS_FILE names must hold a JSON object');
}

/** `null`: it is disabled, or no endpoint at all, which is reported. */
function toEndpoint(
  item: unknown,
  known: Known,
  report: (problem: string) => void,
): Endpoint | null {
  const { data: entry, error } = endpointEntry.safeParse(item);
  for (const { path, message } of error?.issues ?? []) {
    report(`"${z.core.toDotPath(path)}" ${message}`);
  }
  if (entry === undefined || entry.disabled) return null;
  const { function_name: functionName, http_method: method, route } = entry;
  if (!known.hasFunction(functionName)) report(`there is no function "${functionName}"`);
  return {
    ...{ route, method, functionName },
    proof: toProof(entry, known, report),
    format: entry.return_type,
    respondsWithResult: entry.respond_result,
    readsCustomData: entry.fetch_custom_user_data,
    createsUsers: entry.create_user_on_auth,
  };
}

function toProof(
  { secret_name: name, validation_method: method }: EndpointEntry,
  { secrets }: Known,
  report: (problem: string) => void,
): RequestProof {
  // Whoever names a secret means it to be asked for.
  if (method === undefined && name) report('"validation_method" is missing beside "secret_name"');
  if (method === undefined || method === 'NO_VALIDATION') return { type: 'none' };
  const secret = name === undefined ? undefined : secrets[name];
  const type = method === 'VERIFY_PAYLOAD' ? 'signature' : 'secret';
  if (typeof secret === 'string' && secret !== '') return { type, secret };
  report(
    name === undefined || name === ''
      ? `"secret_name" is missing, which ${method} needs`
      : 'the secret that "secret_name" names is no text in FUNCTION_SECRETS_FILE',
  );
  return { type, secret: '' };
}
