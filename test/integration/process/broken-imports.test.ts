/** What an import makes of files that are cut off, too large or full of mistakes, and of being killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const TIMEOUT = 120_000;
/** jBCrypt's vector for the password "abc". */
const BCRYPT = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';
const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;
const MAX_ROW_BYTES = 4 * 1024 * 1024;
const GIBIBYTE = 1024 ** 3;
const KIBIBYTES_OF_MEMORY = 400 * 1024;

let count = 0;
function newRow() {
  count += 1;
  const identities = [
    { provider: 'local-userpass', externalId: `broken-${count}-${process.pid}@example.com` },
  ];
  return { id: new ObjectId().toHexString(), identities, passwordHash: BCRYPT };
}
const toLines = (rows: readonly unknown[]) =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describeOnEveryStore('an import', (provideStore) => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let gateway: TestGateway;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    gateway = await startGateway(provideStore().env);
  });
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
  });

  async function run(file: string, ...args: string[]) {
    const { exitCode, stderr, stdout } = await runCommand(
      ['import', 'users', file, '--json', ...args],
      provideStore().env,
    );
    return { exitCode, stderr, ...JSON.parse(stdout) };
  }
  const countOf = async (collection: string, filter: object) =>
    (await (await provideStore().openState(collection)).find({ ...filter })).length;
  /** Begins an import; what happens to it is up to the caller. */
  function begin(file: string) {
    return spawn(process.execPath, [MAIN, 'import', 'users', file], {
      env: { ...provideStore().env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  test(
    'that was killed is completed by the next one, with nobody there twice',
    async () => {
      const rows = Array.from({ length: 1500 }, newRow);
      const file = join(directory.path, 'killed.ndjson');
      // The refusal of the first row is what is heard of the first batch.
      await writeFile(file, toLines([{}, ...rows]));
      const child = begin(file);
      await once(child.stderr, 'data');
      child.kill('SIGKILL');
      const [exitCode, signal] = await once(child, 'close');
      expect({ exitCode, signal }).toEqual({ exitCode: null, signal: 'SIGKILL' });
      const ids = { $in: rows.map(({ id }) => id) };
      const cutOff = await countOf('accounts', { _id: ids });
      expect(cutOff).toBeGreaterThan(0);
      expect(cutOff).toBeLessThan(rows.length);

      expect(await run(file)).toMatchObject({
        ...{ imported: rows.length - cutOff, present: cutOff, refused: 1, lostPasswords: 0 },
      });
      expect(await countOf('accounts', { _id: ids })).toBe(rows.length);
      expect(await countOf('registrations', { userId: ids })).toBe(rows.length);
    },
    TIMEOUT,
  );

  test(
    'that was killed between the account and its password adds the password',
    async () => {
      const row = newRow();
      const file = join(directory.path, 'half.ndjson');
      await writeFile(file, toLines([row]));
      await run(file);
      await (await provideStore().openState('registrations')).deleteOne({ userId: row.id });
      expect(await run(file)).toMatchObject({ exitCode: 0, imported: 0, present: 1 });
      expect(await countOf('registrations', { userId: row.id, passwordHash: BCRYPT })).toBe(1);
    },
    TIMEOUT,
  );

  test(
    'of a file that ends in a row, or has one that is too long, says which, and what it imported stays',
    async () => {
      const [first, last] = [newRow(), newRow()];
      const file = join(directory.path, 'cut.ndjson');
      const long = { ...newRow(), passwordHash: 'x'.repeat(MAX_ROW_BYTES) };
      await writeFile(file, toLines([first, long, last]));
      await appendFile(file, JSON.stringify(newRow()).slice(0, -1));
      const { exitCode, stderr, ...summary } = await run(file);
      expect({ exitCode, ...summary }).toMatchObject({ exitCode: 1, imported: 2, refused: 2 });
      expect(stderr).toContain(`${file}:2: The row is longer than ${MAX_ROW_BYTES} bytes\n`);
      expect(stderr).toContain(`${file}:4: The file ends in the middle of this row\n`);
      expect(await countOf('accounts', { _id: { $in: [first.id, last.id] } })).toBe(2);
    },
    TIMEOUT,
  );

  test(
    'of rows of two batches with one e-mail address refuses the second, by line',
    async () => {
      const rows = Array.from({ length: 250 }, newRow);
      const [first] = rows;
      const twice = { ...newRow(), identities: first?.identities };
      const file = join(directory.path, 'twice.ndjson');
      await writeFile(file, toLines([...rows, twice]));
      const reason = `The user ${first?.id} has the identity of "local-userpass"`;
      for (const imported of [rows.length, 0]) {
        expect(await run(file)).toMatchObject({ exitCode: 1, imported, refused: 1 });
        expect(JSON.parse(await readFile(`${file}.refused.ndjson`, 'utf8'))).toEqual({
          line: 251,
          reason,
        });
      }
    },
    TIMEOUT,
  );

  test(
    'of a file of two gibibytes reads it to its end in bounded memory',
    async () => {
      const row = newRow();
      const file = join(directory.path, 'large.ndjson');
      await writeFile(file, toLines([row]));
      // What follows is no line, and takes no room on the disk.
      await truncate(file, 2 * GIBIBYTE);
      const child = begin(file);
      let [stderr, memory] = ['', 0];
      child.stderr.on('data', async (data) => {
        stderr += data;
        memory = Math.max(memory, await peakOf(child.pid));
      });
      const [exitCode] = await once(child, 'close');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`${file}:2: The row is longer than ${MAX_ROW_BYTES} bytes\n`);
      expect(memory).toBeGreaterThan(0);
      expect(memory).toBeLessThan(KIBIBYTES_OF_MEMORY);
      expect(await countOf('accounts', { _id: row.id })).toBe(1);
    },
    TIMEOUT,
  );
});

/** The most memory that a process has had, in KiB; 0: it has ended. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}
