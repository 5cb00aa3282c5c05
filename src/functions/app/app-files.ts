/** The files of an exported App Services app, read without understanding them. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { reasonOf } from '../../json-file.ts';

/** A JSON file of the app. */
export interface JsonFile {
  /** Path relative to the app, for messages. */
  readonly path: string;
  /** The parsed content; `undefined` if it is not JSON, which is a problem then. */
  readonly content: unknown;
}

/** Every JSON file of a folder, in the order of their names; none if there is no such folder. */
export async function readJsonFiles(directory: string): Promise<JsonFile[]> {
  const files = (await readNames(directory)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (name) => ({
      path: `${basename(directory)}/${name}`,
      content: await readJson(join(directory, name)),
    })),
  );
}

/** The `config.json` of every folder in a folder, in the order of their names; none if there is no such folder. */
export async function readConfigs(directory: string): Promise<JsonFile[]> {
  const files = await Promise.all(
    (await readNames(directory)).sort().map(async (name) => ({
      path: `${basename(directory)}/${name}/config.json`,
      content: await readJson(join(directory, name, 'config.json')),
    })),
  );
  return files.filter(({ content }) => content !== null);
}

/**
 * The parsed content of one file; `null` if there is none, `undefined` if it is not JSON.
 *
 * @throws Error that names the file and the reason if it is there and cannot be read.
 */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw new Error(`The file "${path}" cannot be read: ${reasonOf(cause)}`, { cause });
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
    if (isMissing(cause)) return [];
    throw new Error(`The directory "${directory}" cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === 'ENOENT' || code === 'ENOTDIR';
}
