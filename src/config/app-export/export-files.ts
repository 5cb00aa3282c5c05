/** The JSON files of an exported App Services app, read without understanding them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf } from '../../json-file.ts';

/** The folder of an exported app. Paths are relative to it, with slashes. */
export interface ExportFiles {
  readonly directory: string;
  /**
   * The content of a JSON file; `undefined` if there is none.
   *
   * @throws ExportError that names the file if it cannot be used.
   */
  readonly read: (path: string) => unknown;
  /** What is in a folder, in the order of the names; nothing if there is no such folder. */
  readonly list: (path: string) => readonly ExportEntry[];
}

/** A file or folder of it. */
export interface ExportEntry {
  readonly name: string;
  readonly path: string;
  readonly isFolder: boolean;
}

/** What is wrong with the export, for the operator. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}

/** No file of an exported app that is read here has more than some kilobytes. */
const MAX_FILE_BYTES = 2 ** 20;
/** In one folder. */
const MAX_ENTRIES = 10_000;

/** Opens the folder. Nothing is read yet. */
export function openExportFiles(directory: string): ExportFiles {
  const fail = (path: string, why: string): never => {
    throw new ExportError(`The file "${path}" of the exported app "${directory}" ${why}`);
  };
  const parseText = (path: string, text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      return fail(path, `is not JSON${placeOf((error as Error).message, text)}`);
    }
  };
  return {
    directory,

    read(path) {
      const file = join(directory, path);
      try {
        const { size } = statSync(file);
        if (size > MAX_FILE_BYTES) fail(path, `is larger than ${MAX_FILE_BYTES} bytes`);
        return parseText(path, readFileSync(file, 'utf8'));
      } catch (error) {
        if (error instanceof ExportError) throw error;
        if (isMissing(error)) return undefined;
        return fail(path, `cannot be read: ${reasonOf(error)}`);
      }
    },

    list(path) {
      try {
        const entries = readdirSync(join(directory, path), { withFileTypes: true });
        if (entries.length > MAX_ENTRIES) fail(path, `holds more than ${MAX_ENTRIES} files`);
        return entries
          .map(({ name }) => ({ name, path: path === '' ? name : `${path}/${name}` }))
          .map((entry) => ({ ...entry, isFolder: isFolder(join(directory, entry.path)) }))
          .sort((first, second) => (first.name < second.name ? -1 : 1));
      } catch (error) {
        if (error instanceof ExportError) throw error;
        if (isMissing(error)) return [];
        return fail(path, `cannot be read: ${reasonOf(error)}`);
      }
    },
  };
}

/**
 * The same files, but of one that cannot be used there is nothing: what an app did by itself stops no start, and is
 * named after its file.
 */
export function forgiving(files: ExportFiles): ExportFiles {
  return {
    ...files,
    read(path) {
      try {
        return files.read(path);
      } catch (error) {
        if (error instanceof ExportError) return {};
        throw error;
      }
    },
  };
}

/** A link counts as what it leads to. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isMissing(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Where the parser stopped, if it says so: the rest of its message quotes the file. */
function placeOf(message: string, text: string): string {
  const position = /at position (\d{1,9})/.exec(message)?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `, at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/**
 * The content of a file as the schema has it.
 *
 * @throws ExportError that names the file and the member: of what is switched off there nothing may be lost, or it
 *   would be on.
 */
export function parseExported<Schema extends z.ZodType>(
  schema: Schema,
  content: unknown,
  file: string,
): z.output<Schema> {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const member = issue === undefined ? '' : z.core.toDotPath(issue.path);
  const place = member === '' ? '' : `: "${member}"`;
  throw new ExportError(`The file "${file}" of the exported app is not as it must be${place}`);
}
