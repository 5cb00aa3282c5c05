/** The files of an exported App Services app, read without understanding them. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { reasonOf } from '../../json-file.ts';

/** Where the parts of an app are. */
export interface AppFolders {
  /** Folder of the functions, absolute. */
  readonly functions: string;
  readonly values: string;
  readonly environments: string;
}

/** A JSON file of the app. */
export interface JsonFile {
  /** Path relative to the app, for messages. */
  readonly path: string;
  /** The parsed content; `undefined` if it is not JSON, which is a problem then. */
  readonly content: unknown;
}

/**
 * Finds the parts of an app, given the folder of its functions or the folder of the whole app.
 *
 * Old exports have a `config.json` at the top as well, but that one is an object and the functions'
 * is a list. Fails if the folder cannot be read.
 */
export async function findAppFolders(directory: string): Promise<AppFolders> {
  const given = resolve(directory);
  const names = await readNames(given);
  const isApp =
    names.includes('functions') && !Array.isArray(await readJson(join(given, 'config.json')));
  const functions = isApp ? join(given, 'functions') : given;
  const app = dirname(functions);
  return { functions, values: join(app, 'values'), environments: join(app, 'environments') };
}

/** The source text of every function, by name. */
export async function readSources(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const sources = new Map<string, string>();
  for (const entry of entries) {
    if (!(entry.isFile() && entry.name.endsWith('.js'))) continue;
    const path = join(entry.parentPath, entry.name);
    const parts = path.slice(directory.length + 1, -'.js'.length).split(sep);
    if (parts.some((part) => part === 'node_modules' || part.startsWith('.'))) continue;
    sources.set(parts.join('/'), await readFile(path, 'utf8'));
  }
  return sources;
}

/** Every JSON file of a folder, in the order of their names; none if there is no such folder. */
export async function readJsonFiles(directory: string): Promise<JsonFile[]> {
  const names = await readNames(directory).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (name) => ({
      path: `${basename(directory)}/${name}`,
      content: await readJson(join(directory, name)),
    })),
  );
}

/** The parsed content of one file; `null` if there is none, `undefined` if it is not JSON. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readNames(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    const message = `The directory "${directory}" that FUNCTIONS_DIR names cannot be read: ${reasonOf(cause)}`;
    throw new Error(message, { cause });
  }
}
