/**
 * Files of the operator in one directory, each of a language: `<base>.<extension>` is of the language that the
 * configuration names, `<base>.<language>.<extension>` of the one in its name, a tag of BCP 47 such as `de` or `pt-BR`.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../json-file.ts';
import { canonicalTag } from '../language-tag.ts';

/** One file. */
export interface LanguageFile {
  readonly name: string;
  readonly base: string;
  /** A tag as `canonicalTag` has it. */
  readonly language: string;
  readonly extension: string;
  readonly content: string;
}

/** Which files are looked for. */
export interface FileKinds {
  readonly bases: readonly string[];
  readonly extensions: readonly string[];
  /** What those without a language in their name are in. */
  readonly language: string;
}

/** As much as any mail server takes is far less. */
const MAX_BYTES = 262_144;
const MAX_FILES = 1000;

/**
 * Makes `what` of the files of the kinds that are there, if there is a directory. What is wrong with one is pushed to `problems`.
 *
 * @throws Error that lists every problem.
 */
export async function openLanguageFiles<Content>(
  what: string,
  directory: string | undefined,
  kinds: FileKinds,
  open: (files: readonly LanguageFile[], problems: string[]) => Content,
): Promise<Content> {
  const problems: string[] = [];
  const files = directory === undefined ? [] : await readLanguageFiles(directory, kinds, problems);
  const opened = open(files, problems);
  if (problems.length === 0) return opened;
  const list = problems.sort().join('; ');
  throw new Error(`The ${what} in EMAIL_TEMPLATES_DIR are not usable: ${list}`);
}

async function readLanguageFiles(
  directory: string,
  kinds: FileKinds,
  problems: string[],
): Promise<readonly LanguageFile[]> {
  const names = await readdir(directory).catch((error) => {
    // One that is not there is empty: it may be mounted only where there is something to replace.
    if (error.code !== 'ENOENT') problems.push(`the directory cannot be read: ${reasonOf(error)}`);
    return [];
  });
  const meant = names.sort().flatMap((name) => parseName(name, kinds, problems) ?? []);
  if (meant.length > MAX_FILES) problems.push(`there are more than ${MAX_FILES} files`);
  const files: LanguageFile[] = [];
  const seen = new Map<string, string>();
  for (const file of meant.slice(0, MAX_FILES)) {
    const key = JSON.stringify([file.base, file.language, file.extension]);
    const other = seen.get(key);
    if (other !== undefined) problems.push(`${other} and ${file.name} are of the same language`);
    seen.set(key, file.name);
    const content = await read(join(directory, file.name), (problem) => {
      problems.push(`${file.name} ${problem}`);
    });
    if (content !== undefined) files.push({ ...file, content });
  }
  return files;
}

/** `undefined` if the file is of none of the kinds: whatever else is in the directory is the operator's business. */
function parseName(
  name: string,
  { bases, extensions, language }: FileKinds,
  problems: string[],
): Omit<LanguageFile, 'content'> | undefined {
  const [base = '', ...rest] = name.split('.');
  const extension = rest.pop() ?? '';
  if (!bases.includes(base) || !extensions.includes(extension) || rest.length > 1) return undefined;
  const [tag = language] = rest;
  const canonical = canonicalTag(tag);
  if (canonical !== undefined) return { name, base, language: canonical, extension };
  problems.push(`${name} has no language in its name: "${tag}" is none`);
  return undefined;
}

async function read(
  path: string,
  onProblem: (problem: string) => void,
): Promise<string | undefined> {
  try {
    if ((await stat(path)).size <= MAX_BYTES) return await readFile(path, 'utf8');
    onProblem(`is larger than ${MAX_BYTES} bytes`);
  } catch (error) {
    onProblem(`cannot be read: ${reasonOf(error)}`);
  }
  return undefined;
}
