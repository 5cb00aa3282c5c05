/** FerretDB, an independent server that speaks MongoDB's protocol, built from the Go module proxy. */
import { join } from 'node:path';
import { compiledProgram, runCommand } from './compiled.ts';
import { type MortalServerProcess, startServerProcess } from './server-process.ts';

const SOURCES = join(import.meta.dirname, 'ferretdb');
const START_TIMEOUT_MS = 30_000;
/** The first Go that can build it. */
const OLDEST_GO = [1, 22] as const;

/** Where a server keeps its files, and where it listens: to be started there again. */
export interface FerretPlace {
  /** A directory that is there. */
  readonly directory: string;
  /** A port of the loopback address. */
  readonly port: number;
}

/**
 * Starts the server; on a free port and with files of its own if no place is given. Fails with the reason if Go is
 * missing, too old or cannot download.
 */
export async function startFerretServer(
  cacheDirectory: string,
  place?: FerretPlace,
): Promise<MortalServerProcess> {
  const version = await runCommand('go', ['env', 'GOVERSION'], { env: goEnv() });
  if (!isRecent(version)) {
    throw new Error(`Go is older than ${OLDEST_GO.join('.')} (${version.trim()})`);
  }
  const program = await compiledProgram(
    {
      name: 'ferretdb',
      sources: SOURCES,
      extensions: ['.go', '.mod', '.sum'],
      salt: `${process.platform}-${process.arch}`,
      compile: async (target) => {
        await runCommand('go', ['build', '-trimpath', '-o', target, '.'], {
          cwd: SOURCES,
          env: goEnv(),
        });
      },
    },
    cacheDirectory,
  );
  const parameters = place === undefined ? [] : [place.directory, `127.0.0.1:${place.port}`];
  return startServerProcess(program, parameters, START_TIMEOUT_MS);
}

/** Whether the answer of `go env GOVERSION`, like "go1.26.8", names a Go that is new enough. */
function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_GO;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** The Go that is there, and no other that it would download to build this. */
function goEnv(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
}
