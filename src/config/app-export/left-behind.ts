/** What an exported app does and the gateway does not: each part by its name. */
import { type ExportEntry, ExportError, type ExportFiles } from './export-files.ts';
import { type LeftBehind, membersOf, quote } from './exported-app.ts';

/** Types of services that are databases: of them only the rules are left. */
const DATABASES: ReadonlySet<unknown> = new Set(['mongodb-atlas', 'mongodb']);
const ENDPOINT_FOLDERS = ['https_endpoints', 'http_endpoints'] as const;
const SERVICE_FOLDERS = ['data_sources', 'services', ...ENDPOINT_FOLDERS] as const;

/** Names every rule and service of the app, in the order of its folders. */
export function findLeftBehind(exported: ExportFiles): LeftBehind[] {
  const files = { ...exported, read: (path: string) => readIfUsable(exported, path) };
  return [
    ...findScripts(files),
    ...ENDPOINT_FOLDERS.flatMap((folder) => findDataApi(files, folder)),
    ...SERVICE_FOLDERS.flatMap((folder) => findServices(files, folder)),
    ...jsonFiles(files, 'graphql/custom_resolvers').map(({ path }) => {
      const { on_type: type, field_name: field } = membersOf(files.read(path));
      return { what: `GraphQL resolver ${quote(field)} of ${quote(type)}`, from: path };
    }),
    ...jsonFiles(files, 'log_forwarders').map(({ path, name }) => ({
      what: `log forwarder ${quote(membersOf(files.read(path))['name'] ?? name)}`,
      from: path,
    })),
    ...findSwitches(files),
  ];
}

/** Nothing of a file that cannot be used: what is left behind stops no start, and is named after its file. */
function readIfUsable({ read }: ExportFiles, path: string): unknown {
  try {
    return read(path);
  } catch (error) {
    if (error instanceof ExportError) return {};
    throw error;
  }
}

/** A function may say by a script whom it runs as; it runs for whoever calls it here. */
function findScripts(files: ExportFiles): LeftBehind[] {
  const from = 'functions/config.json';
  const list = files.read(from);
  return (Array.isArray(list) ? list.map(membersOf) : [])
    .filter(({ run_as_user_id_script_source: script }) => Boolean(script))
    .map(({ name }) => ({ what: `script that says whom function ${quote(name)} runs as`, from }));
}

/** The endpoints that the app made itself are carried over, those that the vendor made are not. */
function findDataApi(files: ExportFiles, folder: string): LeftBehind[] {
  const path = `${folder}/data_api_config.json`;
  const isOn = membersOf(files.read(path))['disabled'] === false;
  return isOn ? [{ what: 'Data API', from: path }] : [];
}

/** Services with their webhooks, data sources with their rules: a folder each. */
function findServices(files: ExportFiles, parent: string): LeftBehind[] {
  return folders(files, parent).flatMap(({ name: folder, path }) => {
    const config = `${path}/config.json`;
    const { name = folder, type } = membersOf(files.read(config));
    const isDatabase = parent === 'data_sources' || DATABASES.has(type);
    return [
      ...(isDatabase ? [] : [{ what: `service ${quote(name)} (${quote(type)})`, from: config }]),
      ...folders(files, `${path}/incoming_webhooks`).map((webhook) => ({
        what: `webhook ${quote(webhook.name)} of service ${quote(name)}`,
        from: `${webhook.path}/config.json`,
      })),
      ...findRules(files, path, isDatabase),
    ];
  });
}

/** Of a data source a file a collection, in one folder in the old layout; of a service a file each. */
function findRules(files: ExportFiles, service: string, isDatabase: boolean): LeftBehind[] {
  const inOneFolder = jsonFiles(files, `${service}/rules`).map(({ path, name: file }) => {
    const { database, collection, name = file } = membersOf(files.read(path));
    const what = isDatabase ? `${nameOf(database)}.${nameOf(collection)}` : name;
    return { what: `rules of ${quote(what)}`, from: path };
  });
  const byDefault = ['default_rule.json', 'default_rules.json']
    .map((name) => `${service}/${name}`)
    .filter((path) => files.read(path) !== undefined)
    .map((path) => ({ what: 'rules of all other collections', from: path }));
  const ofCollections = folders(files, service).flatMap((database) =>
    folders(files, database.path)
      .map((collection) => ({ database, collection, path: `${collection.path}/rules.json` }))
      .filter(({ path }) => files.read(path) !== undefined)
      .map(({ database: { name }, collection, path }) => ({
        what: `rules of ${quote(`${name}.${collection.name}`)}`,
        from: path,
      })),
  );
  return [...inOneFolder, ...byDefault, ...(isDatabase ? ofCollections : [])];
}

/** What is there once, and on or off. */
function findSwitches(files: ExportFiles): LeftBehind[] {
  const sync = membersOf(files.read('sync/config.json'));
  const hosting = membersOf(files.read('hosting/config.json'));
  return [
    ...(sync['state'] === 'enabled' ? [{ what: 'Device Sync', from: 'sync/config.json' }] : []),
    ...(hosting['enabled'] === true ? [{ what: 'hosting', from: 'hosting/config.json' }] : []),
  ];
}

function nameOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function jsonFiles(files: ExportFiles, folder: string): ExportEntry[] {
  return files.list(folder).filter(({ name, isFolder }) => !isFolder && name.endsWith('.json'));
}

function folders(files: ExportFiles, folder: string): ExportEntry[] {
  return files.list(folder).filter(({ isFolder }) => isFolder);
}
