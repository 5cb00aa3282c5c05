/** Finds a MongoDB for the tests: the one named, a real one, or the Java wire server. */
import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startJavaServer } from './java-server.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** What the search came to. */
export type TestServer =
  | ({ readonly type: 'found'; readonly kind: 'named' | 'real' | 'java' } & ServerProcess)
  | { readonly type: 'none'; readonly reason: string };

type Env = Readonly<Record<string, string | undefined>>;

/** Where what is downloaded and compiled for the tests is kept. */
export const CACHE = resolve(import.meta.dirname, '../../../.cache/mongodb');
const DEFAULT_START_SECONDS = 20;
/** A refused download is not tried again for this long, so that every run but the first is quick. */
const REFUSAL_LIFE_MS = 86_400_000;

/**
 * Starts or finds the server. `MONGODB_TEST_URI` names one; `MONGODB_TEST_SERVER` (`real` or
 * `java`) allows only that kind; `MONGODB_TEST_START_SECONDS` is how long a real one may take,
 * its download included.
 */
export async function findTestServer(env: Env): Promise<TestServer> {
  const uri = env.MONGODB_TEST_URI;
  if (uri) return { type: 'found', kind: 'named', uri, stop: async () => undefined };
  const reasons: string[] = [];
  for (const [kind, start] of [
    ['real', () => startRealServer(env)],
    ['java', () => startJavaServer(CACHE)],
  ] as const) {
    if ((env.MONGODB_TEST_SERVER || kind) !== kind) continue;
    try {
      return { type: 'found', kind, ...(await start()) };
    } catch (error) {
      reasons.push(`${kind}: ${error instanceof Error ? error.message : 'failed'}`);
    }
  }
  return { type: 'none', reason: reasons.join('; ') };
}

async function startRealServer(env: Env): Promise<ServerProcess> {
  const refusal = join(CACHE, 'real-server-refused');
  const isForced = env.MONGODB_TEST_SERVER === 'real';
  if (!isForced && existsSync(refusal)) {
    const age = Date.now() - statSync(refusal).mtimeMs;
    if (age < REFUSAL_LIFE_MS) throw new Error('could not be started earlier today');
  }
  const seconds = Number(env.MONGODB_TEST_START_SECONDS || DEFAULT_START_SECONDS);
  try {
    return await startServerProcess(
      process.execPath,
      [join(import.meta.dirname, 'real-server.mjs'), join(CACHE, 'binaries')],
      seconds * 1000,
    );
  } catch (error) {
    await mkdir(CACHE, { recursive: true });
    await writeFile(refusal, '');
    throw error;
  }
}
