/**
 * Which files of a directory are functions: App Services had two layouts of an exported app, and what one
 * of them calls a private function would be a public one when it is read as the other.
 */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { reasonOf } from '../../json-file.ts';
import { readJson } from './app-files.ts';

/** Where the parts of an app are. */
export interface AppLayout {
  /**
   * `manifest`: `functions/config.json` lists the functions, each is a file `functions/<name>.js`. `folders`,
   * as realm-cli 1 wrote them: each is a folder `functions/<name>` with `config.json` and `source.js`.
   */
  readonly kind: 'manifest' | 'folders';
  /** Folder of the functions, absolute. */
  readonly functions: string;
  /** Folder of the whole app, absolute. */
  readonly app: string;
  /** Paths of the functions' texts, relative to `functions`. */
  readonly sources: readonly string[];
  /** Names of the folders that are functions; none if `kind` is `manifest`. */
  readonly folders: readonly string[];
}

const MANIFEST = 'config.json';
const SOURCE = 'source.js';
/** What only the root of an app has; each version of the layout had its own. */
const APP_FILES = ['root_config.json', 'realm_config.json', 'app_config.json', 'stitch.json'];
/** More paths than this help nobody. */
const MAX_NAMED = 5;
/** No app has more; a directory that does is not one. */
const MAX_FILES = 10_000;

/**
 * Finds the parts of an app, given the folder of its functions or the folder of the whole app.
 *
 * @throws Error if the folder cannot be read, or is laid out in neither way.
 */
export async function findLayout(directory: string): Promise<AppLayout> {
  const given = resolve(directory);
  const names = (await readEntries(given)).map(({ name }) => name);
  const manifest = await readJson(join(given, MANIFEST));
  const isList = Array.isArray(manifest);
  if (names.includes('functions') && !isList) {
    return describeLayout(join(given, 'functions'), names.includes('auth_providers'));
  }
  const isApp = APP_FILES.some((name) => names.includes(name)) || isAppConfig(manifest);
  if (isApp && !isList) {
    return {
      kind: 'manifest',
      functions: join(given, 'functions'),
      app: given,
      sources: [],
      folders: [],
    };
  }
  return describeLayout(given, false);
}

/** The `config.json` at the root of an app, as realm-cli 1 wrote it. */
function isAppConfig(config: unknown): boolean {
  return typeof config === 'object' && config !== null && 'app_id' in config;
}

async function describeLayout(functions: string, isOldApp: boolean): Promise<AppLayout> {
  const files = await readPaths(functions);
  const sources = files.filter((path) => path.endsWith('.js'));
  const parts = { functions, app: dirname(functions), sources };
  const folders = foldersIn(files);
  if (files.includes(MANIFEST)) {
    refuse(functions, 'holds both a config.json and folders of single functions', folders);
    return { kind: 'manifest', folders: [], ...parts };
  }
  if (folders.length === 0 && !isOldApp) {
    if (sources.length === 0) refuse(functions, 'holds no function', ['']);
    return { kind: 'manifest', folders: [], ...parts };
  }
  const others = sources.filter((path) => !isFunctionFolder(path, SOURCE));
  refuse(functions, 'has folders of single functions, and files that belong to none', others);
  return { kind: 'folders', folders, ...parts };
}

/**
 * Folders that the old layout takes for functions. Beside a manifest, `source` is a name like any other; only
 * with a `config.json` of its own it tells the old layout.
 */
function foldersIn(files: readonly string[]): string[] {
  const known = new Set(files);
  const folders = files.filter((path) => isFunctionFolder(path, SOURCE)).map(dirname);
  const described = files.filter((path) => isFunctionFolder(path, MANIFEST)).map(dirname);
  if (!known.has(MANIFEST)) return [...new Set([...folders, ...described])].sort();
  return folders.filter((folder) => known.has(`${folder}/${MANIFEST}`));
}

/** Whether a path is that of a file directly in a folder of its own. */
function isFunctionFolder(path: string, file: string): boolean {
  const [, name, ...more] = path.split('/');
  return name === file && more.length === 0;
}

function refuse(functions: string, why: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const named = paths.filter((path) => path !== '').slice(0, MAX_NAMED);
  const rest = paths.length > MAX_NAMED ? ', …' : '';
  const list = named.length === 0 ? '' : ` (${named.join(', ')}${rest})`;
  throw new Error(
    `The directory "${functions}" ${why}${list}. FUNCTIONS_DIR must name an exported app or its functions: ` +
      'config.json beside one .js file a function, or one folder a function with config.json and source.js',
  );
}

/** Paths of all files, with slashes, in the order of their names; packages and hidden ones are left out. */
async function readPaths(directory: string): Promise<string[]> {
  const paths: string[] = [];
  const pending = [directory];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const { files, folders } = await readFolder(folder);
    pending.push(...folders);
    paths.push(...files.map((path) => path.slice(directory.length + 1).replaceAll(sep, '/')));
    if (paths.length + pending.length > MAX_FILES) {
      const what = `The directory "${directory}" that FUNCTIONS_DIR names`;
      throw new Error(`${what} holds more than ${MAX_FILES} files`);
    }
  }
  return paths.sort();
}

async function readFolder(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of await readEntries(folder)) {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) folders.push(path);
    else if (await isFile(entry, path)) files.push(path);
  }
  return { files, folders };
}

/** A link counts as the file it leads to: a volume of Kubernetes consists of links. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(path).then(
    (target) => target.isFile(),
    () => false,
  );
}

async function readEntries(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    const message = `The directory "${directory}" that FUNCTIONS_DIR names cannot be read: ${reasonOf(cause)}`;
    throw new Error(message, { cause });
  }
}
