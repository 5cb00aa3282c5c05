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
  const text = await unlessMissing(`file "${path}"`, readFile(path, 'utf8'));
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readNames(directory: string): Promise<string[]> {
  return (await unlessMissing(`directory "${directory}"`, readdir(directory))) ?? [];
}

async function unlessMissing<Content>(
  what: string,
  reading: Promise<Content>,
): Promise<Content | null> {
  try {
    return await reading;
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Error(`The ${what} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
