/** Files that the configuration names. */
import { readFile } from 'node:fs/promises';

/** The parsed content of a JSON file that a variable names; `undefined` if it names none. */
export async function readJsonFile(variable: string, path: string | undefined): Promise<unknown> {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    // The parser's message may quote the content, and the content may be a key.
    const why =
      cause instanceof SyntaxError ? 'is not valid JSON' : `cannot be read: ${reasonOf(cause)}`;
    throw new Error(`The file "${path}" that ${variable} names ${why}`);
  }
}

/** What is wrong with a file, and where: a JSON Pointer into it. */
export interface FileProblem {
  readonly path: string;
  readonly message: string;
}

/** A file that cannot be used; the message is for the operator and lists every problem. */
export class UnusableFileError extends Error {
  override readonly name: string = 'UnusableFileError';
  readonly problems: readonly FileProblem[];

  constructor(variable: string, problems: readonly FileProblem[]) {
    const lines = problems.map(({ path, message }) => `  ${path || '/'}: ${message}`);
    super([`The file that ${variable} names cannot be used:`, ...lines].join('\n'));
    this.problems = problems;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this process has no right to it',
  EISDIR: 'it is a directory',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is no directory',
};

/** Why the system refuses a path: in words of ours, or in its own, which quote the path and nothing of a file. */
export function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
  return REASONS[String(code)] ?? message ?? 'for a reason unknown';
}
