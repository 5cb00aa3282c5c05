/** Files that the configuration names. */
import { readFile } from 'node:fs/promises';

/** The parsed content of a JSON file that a variable names; `undefined` if it names none. */
export async function readJsonFile(variable: string, path: string | undefined): Promise<unknown> {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    // The parser's message may quote the content, and the content may be a key.
    const why = cause instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read';
    throw new Error(`The file that ${variable} names ${why}`);
  }
}
