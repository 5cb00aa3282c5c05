/** What an exported App Services app says of the configuration: the defaults of our variables. */
import { z } from 'zod';
import { FUNCTION_VARIABLES } from '../function-variables.ts';
import { LOG_IN_VARIABLES } from '../log-in-variables.ts';
import { SERVER_VARIABLES } from '../server-variables.ts';
import {
  ExportError,
  type ExportFiles,
  forgiving,
  openExportFiles,
  parseExported,
} from './export-files.ts';
import {
  type ExportedApp,
  type ExportedSetting,
  type LeftBehind,
  membersOf,
  quote,
} from './exported-app.ts';
import { readLogIns } from './exported-log-ins.ts';
import { readTriggers } from './exported-triggers.ts';
import { findLeftBehind } from './left-behind.ts';

/** What is at the root of an app; each version of the layout had its own name for it. */
const ROOT_FILES = [
  'root_config.json',
  'realm_config.json',
  'app_config.json',
  'config.json',
  'stitch.json',
];
/** Where App Services' own command line noted the app's id. */
const META_FILE = '.mdb/meta.json';

/** Variables whose value in an export may be of no use here without harm: it is not taken then, and named. */
const OPTIONAL_VARIABLES = {
  APP_ID: SERVER_VARIABLES.APP_ID,
  CORS_ORIGINS: SERVER_VARIABLES.CORS_ORIGINS,
  EMAIL_CONFIRMATION_URL: LOG_IN_VARIABLES.EMAIL_CONFIRMATION_URL,
  PASSWORD_RESET_URL: LOG_IN_VARIABLES.PASSWORD_RESET_URL,
  FUNCTIONS_ENVIRONMENT: FUNCTION_VARIABLES.FUNCTIONS_ENVIRONMENT,
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the app that `APP_SERVICES_EXPORT` names, or else `FUNCTIONS_DIR`, if that is a whole app.
 *
 * @returns `null` if no exported app is named.
 * @throws ExportError that names the file if one cannot be used, or there is no app.
 */
export function readAppExport(env: Environment): ExportedApp | null {
  const { APP_SERVICES_EXPORT: named = '', FUNCTIONS_DIR: functions = '' } = env;
  if (named === '' && functions === '') return null;
  const files = openExportFiles(named === '' ? functions : named);
  if (findRoot(files) !== null || hasLogIns(files)) return readFiles(files, env);
  if (named === '') return null;
  throw new ExportError(
    `The directory "${named}" that APP_SERVICES_EXPORT names holds no exported app: there is no ${ROOT_FILES.join(', ')} and no auth/providers.json in it`,
  );
}

/** The file at the root, and what it says; `null` if there is none. */
function findRoot(files: ExportFiles) {
  for (const path of ROOT_FILES) {
    const content = files.read(path);
    // The list of functions has that name too, in a folder of functions alone.
    if (content !== undefined && !Array.isArray(content)) {
      return { path, content: membersOf(content) };
    }
  }
  return null;
}

function hasLogIns(files: ExportFiles): boolean {
  return (
    files.list('auth').some(({ name }) => name === 'providers.json') ||
    files.list('auth_providers').length > 0
  );
}

function readFiles(files: ExportFiles, env: Environment): ExportedApp {
  const root = findRoot(files) ?? { path: '', content: {} };
  const ofFunctions = readFunctions(files, env);
  const isSet = (variable: string) =>
    (env[variable] ?? '') !== '' || ofFunctions.some((setting) => setting.variable === variable);
  const customData = readCustomData(files, root);
  const logIns = readLogIns(files, isSet);
  const others = forgiving(files);
  const { leftBehind, triggers } = readTriggers(others, isSet('FUNCTIONS_DIR'));
  const { usable, useless } = sortOut([
    ...readRoot(files, root),
    ...customData.settings,
    ...logIns.settings,
    ...ofFunctions,
  ]);
  return {
    directory: files.directory,
    settings: usable,
    triggers,
    leftBehind: [
      ...useless,
      ...customData.leftBehind,
      ...logIns.leftBehind,
      ...leftBehind,
      ...findLeftBehind(others),
    ],
  };
}

type Root = NonNullable<ReturnType<typeof findRoot>>;

function readRoot(files: ExportFiles, { path, content }: Root): ExportedSetting[] {
  const { app_id: id, environment, security, allowed_request_origins: origins } = content;
  const { client_app_id: noted } = membersOf(files.read(META_FILE));
  const allowed = origins ?? membersOf(security)['allowed_request_origins'];
  return [
    ...setting('APP_ID', noted, META_FILE),
    ...(typeof noted === 'string' ? [] : setting('APP_ID', id, path)),
    ...setting('CORS_ORIGINS', Array.isArray(allowed) ? allowed.join(',') : allowed, path),
    ...setting('FUNCTIONS_ENVIRONMENT', environment, path),
  ];
}

const text = z.string().nullish();
const customDataEntry = z.looseObject({
  enabled: z.boolean().optional(),
  database_name: text,
  collection_name: text,
  user_id_field: text,
  on_user_creation_function_name: text,
});

/** In a file of its own, or in that of the root. */
function readCustomData(files: ExportFiles, root: Root) {
  const own = 'auth/custom_user_data.json';
  const content = files.read(own);
  const from = content === undefined ? root.path : own;
  const inRoot = root.content['custom_user_data_config'] ?? {};
  const config = parseExported(customDataEntry, content ?? inRoot, from);
  const { enabled } = config;
  if (enabled !== true) {
    const what = 'that custom user data is off: here it always is on';
    return { settings: [], leftBehind: enabled === false ? [{ what, from }] : [] };
  }
  const members: Readonly<Record<string, keyof typeof config>> = {
    CUSTOM_DATA_DATABASE: 'database_name',
    CUSTOM_DATA_COLLECTION: 'collection_name',
    CUSTOM_DATA_USER_ID_FIELD: 'user_id_field',
    ON_USER_CREATION_FUNCTION: 'on_user_creation_function_name',
  };
  const settings = Object.entries(members).flatMap(([variable, member]) =>
    setting(variable, config[member], from),
  );
  return { settings, leftBehind: [] };
}

/** The folder itself, if there are functions in it. */
function readFunctions(files: ExportFiles, env: Environment): ExportedSetting[] {
  const isThere = files
    .list('functions')
    .some(({ name, path, isFolder }) =>
      isFolder ? files.list(path).some((file) => file.name.endsWith('.js')) : name.endsWith('.js'),
    );
  if (!isThere || (env['APP_SERVICES_EXPORT'] ?? '') === '') return [];
  return setting('FUNCTIONS_DIR', files.directory, 'functions');
}

function setting(variable: string, value: unknown, from: string): ExportedSetting[] {
  return typeof value === 'string' && value !== '' ? [{ variable, value, from }] : [];
}

/** Tells values that are of use from those that are not, and would otherwise stop the start. */
function sortOut(settings: readonly ExportedSetting[]) {
  const usable: ExportedSetting[] = [];
  const useless: LeftBehind[] = [];
  for (const each of settings) {
    const { variable, value, from } = each;
    const schema = Object.entries(OPTIONAL_VARIABLES).find(([name]) => name === variable)?.[1]
      .schema;
    if (schema === undefined || schema.safeParse(value).success) usable.push(each);
    else useless.push({ what: `${quote(value)}, which ${variable} cannot be`, from });
  }
  return { usable, useless };
}
