/** Reads an exported App Services app and reports everything that is wrong with it at once. */
import { join } from 'node:path';
import { z } from 'zod';
import type { FunctionsConfig } from '../../config.ts';
import { readJsonFile } from '../../json-file.ts';
import type { AppDefinition, AppEnvironment, FunctionDefinition } from './app-definition.ts';
import {
  findAppFolders,
  type JsonFile,
  readJson,
  readJsonFiles,
  readSources,
} from './app-files.ts';
import { parseRule } from './rule-expression.ts';
import { findSyntaxError } from './source.ts';

const CONFIG_PATH = 'functions/config.json';

/** One entry of `functions/config.json`. Members that mean nothing here are ignored. */
const functionEntry = z.looseObject({
  name: z.string().min(1),
  private: z.boolean().default(false),
  run_as_system: z.boolean().default(false),
  can_evaluate: z.unknown().optional(),
});
type FunctionEntry = z.output<typeof functionEntry>;

const valueFile = z.looseObject({
  name: z.string().min(1),
  value: z.unknown(),
  from_secret: z.boolean().default(false),
});

const environmentFile = z.looseObject({ values: z.record(z.string(), z.unknown()).default({}) });
const secretsFile = z.record(z.string(), z.unknown());

/**
 * Reads the app that `FUNCTIONS_DIR` names: functions, values and the environment.
 *
 * @throws Error that lists every problem: an entry without a file, a duplicate, a syntax error, a bad
 *   rule, a value whose secret is missing. It quotes no value.
 */
export async function loadApp(
  directory: string,
  config: Pick<FunctionsConfig, 'environment' | 'secretsFile'>,
): Promise<AppDefinition> {
  const folders = await findAppFolders(directory);
  const secrets = secretsFile.safeParse(
    (await readJsonFile('FUNCTION_SECRETS_FILE', config.secretsFile)) ?? {},
  );
  if (!secrets.success) {
    throw new Error('The file that FUNCTION_SECRETS_FILE names must hold a JSON object');
  }
  const problems: string[] = [];
  const entries = parseEntries(await readJson(join(folders.functions, 'config.json')), problems);
  const functions = defineFunctions(await readSources(folders.functions), entries, problems);
  const values = parseValues(await readJsonFiles(folders.values), secrets.data, problems);
  const environments = await readJsonFiles(folders.environments);
  const environment = parseEnvironment(environments, config.environment, problems);
  if (problems.length > 0) {
    throw new Error(`The functions are not usable: ${problems.join('; ')}`);
  }
  return { directory: folders.functions, functions, values, environment };
}

function parseEntries(config: unknown, problems: string[]): FunctionEntry[] {
  if (config === null) return [];
  if (!Array.isArray(config)) {
    problems.push(`${CONFIG_PATH} must be a JSON list of functions`);
    return [];
  }
  return config.flatMap((item: unknown, index) => {
    const parsed = functionEntry.safeParse(item);
    if (parsed.success) return [parsed.data];
    problems.push(...describeIssues(`${CONFIG_PATH} [${index}]`, parsed.error));
    return [];
  });
}

function defineFunctions(
  sources: ReadonlyMap<string, string>,
  entries: readonly FunctionEntry[],
  problems: string[],
): Map<string, FunctionDefinition> {
  const configured = new Map<string, FunctionEntry>();
  for (const entry of entries) {
    if (configured.has(entry.name)) problems.push(`${CONFIG_PATH}: "${entry.name}" is there twice`);
    if (!sources.has(entry.name)) {
      problems.push(`${CONFIG_PATH}: "${entry.name}" has no file ${entry.name}.js`);
    }
    configured.set(entry.name, entry);
  }
  const definitions = new Map<string, FunctionDefinition>();
  for (const [name, source] of sources) {
    const syntaxError = findSyntaxError(name, source);
    if (syntaxError !== null) problems.push(syntaxError);
    const entry = configured.get(name);
    definitions.set(name, {
      name,
      source,
      isPrivate: entry?.private ?? false,
      runAsSystem: entry?.run_as_system ?? false,
      rule: parseRule(
        entry?.can_evaluate ?? {},
        `${CONFIG_PATH}: "${name}".can_evaluate`,
        problems,
      ),
    });
  }
  return definitions;
}

function parseValues(
  files: readonly JsonFile[],
  secrets: Readonly<Record<string, unknown>>,
  problems: string[],
): Record<string, unknown> {
  const values = new Map<string, unknown>();
  for (const { path, content } of files) {
    const parsed = valueFile.safeParse(content);
    if (!parsed.success) {
      problems.push(...describeIssues(path, parsed.error));
      continue;
    }
    const { name, value, from_secret: isSecret } = parsed.data;
    if (values.has(name)) problems.push(`${path}: "${name}" is there twice`);
    if (!isSecret) {
      values.set(name, value);
    } else if (typeof value === 'string' && Object.hasOwn(secrets, value)) {
      values.set(name, secrets[value]);
    } else {
      problems.push(`${path}: the secret of "${name}" is not in FUNCTION_SECRETS_FILE`);
    }
  }
  return Object.fromEntries(values);
}

/** The values of the environment in force; an app without such a file has none. */
function parseEnvironment(
  files: readonly JsonFile[],
  environment: FunctionsConfig['environment'],
  problems: string[],
): AppEnvironment {
  const tag = environment === 'no-environment' ? '' : environment;
  const file = files.find(({ path }) => path === `environments/${environment}.json`);
  if (file === undefined) return { tag, values: {} };
  const parsed = environmentFile.safeParse(file.content);
  if (parsed.success) return { tag, values: parsed.data.values };
  problems.push(...describeIssues(file.path, parsed.error));
  return { tag, values: {} };
}

function describeIssues(place: string, error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => {
    const member = path.length === 0 ? '' : ` "${z.core.toDotPath(path)}"`;
    return `${place}:${member} ${message}`;
  });
}
