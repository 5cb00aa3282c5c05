/** Programs of the tests, compiled once into a cache and again when what they are made of changes. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { promisify } from 'node:util';

/** Longest that a download, or a compilation on a busy machine, may take. */
const RUN_TIMEOUT_MS = 600_000;

/** What is compiled, from which files, and how. */
export interface Program {
  readonly name: string;
  /** Directory of the sources. */
  readonly sources: string;
  /** File name endings of the sources, with the dot. */
  readonly extensions: readonly string[];
  /** Anything else that the result depends on. */
  readonly salt: string;
  /** Writes the result to `target`, a path that is free. */
  readonly compile: (target: string) => Promise<void>;
}

/** Path of the compiled program in `cacheDirectory`. Fails with the reason if it cannot be made. */
export async function compiledProgram(program: Program, cacheDirectory: string): Promise<string> {
  const target = join(cacheDirectory, `${program.name}-${await digestOf(program)}`);
  if (existsSync(target)) return target;
  await mkdir(cacheDirectory, { recursive: true });
  // Two runs may start at once: each makes its own, and the one that is first counts.
  const unfinished = `${target}.${process.pid}`;
  try {
    await program.compile(unfinished);
    await rename(unfinished, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return target;
}

/** Runs a command to its end; its standard output. Fails with what it complained of. */
export async function runCommand(
  command: string,
  parameters: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, parameters, {
      timeout: RUN_TIMEOUT_MS,
      ...options,
    });
    return stdout;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'is not installed' : `failed with ${code ?? 'a signal'}`;
    throw new Error(`"${command}" ${reason}`, { cause: error });
  }
}

/** Paths of the sources, in order. */
export async function sourcesOf({
  sources,
  extensions,
}: Pick<Program, 'sources' | 'extensions'>): Promise<string[]> {
  const names = (await readdir(sources)).filter((name) => extensions.includes(extname(name)));
  return names.sort().map((name) => join(sources, name));
}

async function digestOf(program: Program): Promise<string> {
  const hash = createHash('sha256').update(program.salt);
  for (const path of await sourcesOf(program))
    hash.update(basename(path)).update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}
