/** A PostgreSQL of its own for one suite: a fresh cluster on a socket that nobody else has. */
import { execFile, spawn } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createTemporaryDirectory } from './gateway.ts';
import { findProgram } from './programs.ts';
import { endProgram } from './recipes.ts';

/** A cluster that runs. */
export interface Postgresql {
  /** Variables by which clients find it (libpq). */
  readonly env: { readonly PGHOST: string; readonly PGDATABASE: string };
  /** What a script comes to, as a user of the database; `error` is the last line of what went wrong. */
  readonly run: (sql: string, user?: string) => Promise<{ output: string; error: string }>;
  readonly stop: () => Promise<void>;
}

const READY = 'database system is ready to accept connections';

/** Makes and starts a cluster. It refuses to run as root, which is whom CI runs as. */
export async function startPostgresql(postgres: string): Promise<Postgresql> {
  const directory = await createTemporaryDirectory();
  const owner = await findOwner();
  if (owner !== null) await chown(directory.path, owner.uid, owner.gid);
  const data = join(directory.path, 'data');
  const initdb = findProgram('initdb') ?? '';
  const settings = ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'];
  await promisify(execFile)(initdb, settings, { ...owner, cwd: directory.path });
  const listening = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${directory.path}`];
  const child = spawn(postgres, ['-D', data, '-c', 'fsync=off', ...listening], {
    ...owner,
    cwd: directory.path,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface(child.stderr)) if (line.includes(READY)) break;
  child.stderr.resume();
  const env = { PGHOST: directory.path, PGDATABASE: 'postgres' };
  return {
    env,
    async run(sql, user = 'postgres') {
      const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', user, '-c', sql];
      try {
        const { stdout } = await promisify(execFile)('psql', args, {
          env: { ...process.env, ...env },
        });
        return { output: stdout.trim(), error: '' };
      } catch (error) {
        const { stderr = String(error) } = error as { readonly stderr?: string };
        return { output: '', error: stderr.trim() };
      }
    },
    async stop() {
      await endProgram(child);
      await directory.remove();
    },
  };
}

/** Whom it runs as: the user that Debian made for it, if this is root. */
async function findOwner(): Promise<{ readonly uid: number; readonly gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const id = async (option: string) =>
    Number((await promisify(execFile)('id', [option, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}
