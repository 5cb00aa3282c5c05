/** The wire server from Maven Central, for machines that cannot get a real MongoDB. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const SOURCES = import.meta.dirname;
const START_TIMEOUT_MS = 30_000;
const RESOLVE_TIMEOUT_MS = 180_000;

/** Starts the server. Fails with the reason if Java or Maven is missing or cannot download. */
export async function startJavaServer(cacheDirectory: string): Promise<ServerProcess> {
  await run('java', ['-version']);
  const classPath = await resolveClassPath(cacheDirectory);
  return startServerProcess(
    'java',
    [
      // Starts in half the time; the tests are too short for the optimising compiler.
      '-XX:TieredStopAtLevel=1',
      '-Xmx512m',
      '-Dslf4j.internal.verbosity=ERROR',
      '-cp',
      classPath,
      join(SOURCES, 'WireServer.java'),
    ],
    START_TIMEOUT_MS,
  );
}

/** Maven takes seconds and the network, so its answer is kept until the POM or the files change. */
async function resolveClassPath(cacheDirectory: string): Promise<string> {
  const pom = join(SOURCES, 'pom.xml');
  const digest = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 16);
  const file = join(cacheDirectory, `class-path-${digest}.txt`);
  const read = async () => (await readFile(file, 'utf8')).trim();
  if (existsSync(file)) {
    const cached = await read();
    if (cached.split(delimiter).every((entry) => existsSync(entry))) return cached;
  }
  await mkdir(cacheDirectory, { recursive: true });
  const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${file}`];
  await run('mvn', ['--quiet', '--batch-mode', '--file', pom, ...goal]);
  return read();
}

async function run(command: string, parameters: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, parameters, { timeout: RESOLVE_TIMEOUT_MS });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'is not installed' : `failed with ${code ?? 'a signal'}`;
    throw new Error(`"${command}" ${reason}`, { cause: error });
  }
}
