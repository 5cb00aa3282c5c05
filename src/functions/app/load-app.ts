/** Reads an exported App Services app, and finds everything that is wrong with it at once. */

import { join } from 'node:path';
import { z } from 'zod';
import type { FunctionsConfig } from '../../config.ts';
import { readJsonFile } from '../../json-file.ts';
import type { AppDefinition, AppEnvironment } from './app-definition.ts';
import { type JsonFile, readConfigs, readJsonFiles } from './app-files.ts';
import { readFunctions } from './app-functions.ts';
import { type AppLayout, findLayout } from './app-layout.ts';
import { preparePackages } from './packages.ts';
import { parseFile } from './problems.ts';

const valueFile = z.looseObject({
  name: z.string().min(1),
  value: z.unknown(),
  from_secret: z.boolean().default(false),
});

const environmentFile = z.looseObject({ values: z.record(z.string(), z.unknown()).default({}) });
const secretsFile = z.record(z.string(), z.unknown());

/** A data source, or another service of an app. */
const serviceFile = z.looseObject({ name: z.string().min(1), type: z.string() });
/** Types of services that are databases. */
const DATA_SOURCES: ReadonlySet<string> = new Set(['mongodb-atlas', 'mongodb']);
/** The name of the data source in an app that says nothing about it: the vendor's default. */
const DEFAULT_DATA_SOURCE = 'mongodb-atlas';

/**
 * Reads the app that `FUNCTIONS_DIR` names: functions, values, the environment and the names of the data
 * sources. What cannot be used takes only itself out, and `problems` says why; no value is quoted.
 *
 * @throws Error if the directory is no app, if it cannot be told which functions are private, if the secrets
 *   cannot be read, or, with `isStrict`, for anything that is wrong.
 */
export async function loadApp(
  directory: string,
  config: Pick<FunctionsConfig, 'environment' | 'isStrict' | 'packagesDir' | 'secretsFile'>,
): Promise<AppDefinition> {
  const layout = await findLayout(directory);
  const secrets = secretsFile.safeParse(
    (await readJsonFile('FUNCTION_SECRETS_FILE', config.secretsFile)) ?? {},
  );
  if (!secrets.success) {
    throw new Error('The file that FUNCTION_SECRETS_FILE names must hold a JSON object');
  }
  const problems: string[] = [];
  const functions = await readFunctions(layout, problems);
  const { app } = layout;
  const values = parseValues(await readJsonFiles(join(app, 'values')), secrets.data, problems);
  const environments = await readJsonFiles(join(app, 'environments'));
  const environment = parseEnvironment(environments, config.environment, problems);
  const packages = await findPackages(layout, config.packagesDir, problems);
  if (config.isStrict && problems.length > 0) {
    throw new Error(`The functions are not usable: ${problems.join('; ')}`);
  }
  const dataSources = await readDataSources(layout);
  return {
    directory: packages,
    dataSources,
    environment,
    problems,
    values,
    ...functions,
  };
}

/** The folder from which functions `require` packages: theirs, if nothing can be unpacked. */
async function findPackages(
  { functions }: AppLayout,
  packagesDir: string | null,
  problems: string[],
): Promise<string> {
  try {
    return await preparePackages(functions, packagesDir);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return functions;
  }
}

/** Names of the app's databases: all of them are the one database here. */
async function readDataSources({ app }: AppLayout): Promise<string[]> {
  const files = await Promise.all(
    ['data_sources', 'services'].map((folder) => readConfigs(join(app, folder))),
  );
  const names = files.flat().flatMap(({ content }) => {
    const parsed = serviceFile.safeParse(content);
    return parsed.success && DATA_SOURCES.has(parsed.data.type) ? [parsed.data.name] : [];
  });
  return [...new Set([...names, DEFAULT_DATA_SOURCE])];
}

function parseValues(
  files: readonly JsonFile[],
  secrets: Readonly<Record<string, unknown>>,
  problems: string[],
): Record<string, unknown> {
  const values = new Map<string, unknown>();
  for (const { path, content } of files) {
    const parsed = parseFile(valueFile, path, content, problems);
    if (parsed === null) continue;
    const { name, value, from_secret: isSecret } = parsed;
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
  const { path, content } = file;
  return { tag, values: parseFile(environmentFile, path, content, problems)?.values ?? {} };
}
