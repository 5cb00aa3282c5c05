/** The wire server from Maven Central, made as strict as MongoDB, for machines that cannot get one. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { compiledProgram, runCommand, sourcesOf } from './compiled.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const SOURCES = join(import.meta.dirname, 'java');
const START_TIMEOUT_MS = 30_000;

/** Starts the server. Fails with the reason if Java or Maven is missing or cannot download. */
export async function startJavaServer(cacheDirectory: string): Promise<ServerProcess> {
  await runCommand('java', ['-version']);
  const classPath = await resolveClassPath(cacheDirectory);
  const classes = await compileServer(classPath, cacheDirectory);
  return startServerProcess(
    'java',
    [
      // Starts in half the time; the tests are too short for the optimising compiler.
      '-XX:TieredStopAtLevel=1',
      '-Xmx512m',
      '-Dslf4j.internal.verbosity=ERROR',
      '-cp',
      [classes, classPath].join(delimiter),
      'WireServer',
    ],
    START_TIMEOUT_MS,
  );
}

function compileServer(classPath: string, cacheDirectory: string): Promise<string> {
  const parts = { sources: SOURCES, extensions: ['.java'] };
  return compiledProgram(
    {
      name: 'java-server',
      ...parts,
      salt: classPath,
      compile: async (target) => {
        const files = await sourcesOf(parts);
        await runCommand('javac', [
          '-Xlint:all',
          '-Werror',
          '-cp',
          classPath,
          '-d',
          target,
          ...files,
        ]);
      },
    },
    cacheDirectory,
  );
}

/** Maven takes seconds and the network, so its answer is kept until the POM or the files change. */
async function resolveClassPath(cacheDirectory: string): Promise<string> {
  const pom = join(import.meta.dirname, 'pom.xml');
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
  await runCommand('mvn', ['--quiet', '--batch-mode', '--file', pom, ...goal]);
  return read();
}
