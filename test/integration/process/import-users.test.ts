import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { useAccountGateway } from '../../support/account-gateway.ts';
import { logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const TIMEOUT = 60_000;
/** jBCrypt's vector for the password "abc". */
const BCRYPT = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';
const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;

describeOnEveryStore('import users', (provideStore) => {
  const { askForReset, confirm, mailServer, register, resetWith, send } =
    useAccountGateway(provideStore);
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
  });
  afterAll(() => directory.remove());
  let count = 0;

  /** Somebody new, and a row of them. */
  function somebody(more: object = {}) {
    count += 1;
    const id = new ObjectId().toHexString();
    const email = `moved-${count}-${process.pid}@example.com`;
    const identities = [{ provider: 'local-userpass', externalId: email }];
    return { id, email, row: { id, identities, ...more } };
  }
  async function fileOf(...rows: unknown[]) {
    count += 1;
    const file = join(directory.path, `${count}.ndjson`);
    const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
    await writeFile(file, `${lines.join('\n')}\n`);
    return file;
  }
  const run = (...args: string[]) => runCommand(['import', 'users', ...args], provideStore().env);
  const importRows = async (rows: unknown[], ...args: string[]) => {
    const file = await fileOf(...rows);
    const { exitCode, stdout, stderr } = await run(file, '--json', ...args);
    return { file, exitCode, stderr, ...JSON.parse(stdout) };
  };
  const refusedIn = async (file: string) =>
    (await readFile(`${file}.refused.ndjson`, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const accountOf = async (id: string) =>
    (await provideStore().openState('accounts')).findOne({ _id: id });
  const registrationOf = async (email: string) =>
    (await provideStore().openState('registrations')).findOne({ email });

  test(
    'who had a password logs in with it at once, and then it is hashed as ours are',
    async () => {
      const { email, id, row } = somebody({ passwordHash: BCRYPT });
      expect(await importRows([row])).toMatchObject({ exitCode: 0, imported: 1, refused: 0 });
      expect((await logInByEmail(send, email, 'abd')).code).toBe('INVALID_CREDENTIALS');
      expect((await registrationOf(email))?.passwordHash).toBe(BCRYPT);
      for (const _time of [1, 2]) {
        const session = await mustLogIn(send, { emailPassword: { email, password: 'abc' } });
        expect(session.user.id).toBe(id);
        expect((await registrationOf(email))?.passwordHash).toMatch(/^\$argon2id\$/);
      }
      expect((await register(email, 'another password')).code).toBe('ACCOUNT_EXISTS');
    },
    TIMEOUT,
  );

  test(
    'who comes from App Services keeps the id and chooses a password by mail alone',
    async () => {
      const { email, id } = somebody();
      const user = {
        _id: id,
        identities: [{ id: new ObjectId().toHexString(), provider_type: 'local-userpass' }],
        creation_date: 1_600_000_000,
        disabled: false,
        data: { email },
      };
      const file = await fileOf(JSON.stringify([user], undefined, 2));
      const { exitCode, stderr } = await run(file, '--from', 'app-services');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect((await accountOf(id))?.createdAt).toEqual(new Date(1_600_000_000_000));
      expect((await register(email, 'the password of a stranger')).data.registerUser).toEqual({
        userId: id,
      });
      expect(mailServer().latestTo(email).text).toContain('/email/reset-password?');
      const stranger = await logInByEmail(send, email, 'the password of a stranger');
      expect(stranger.code).toBe('INVALID_CREDENTIALS');
      await resetWith(await askForReset(email), 'chosen by the owner');
      const credentials = { emailPassword: { email, password: 'chosen by the owner' } };
      expect((await mustLogIn(send, credentials)).user.id).toBe(id);
    },
    TIMEOUT,
  );

  test(
    'who is disabled, or has not confirmed the address, is refused with the reason',
    async () => {
      const disabled = somebody({ passwordHash: BCRYPT, isDisabled: true });
      const open = somebody({ passwordHash: BCRYPT, isConfirmed: false });
      await importRows([disabled.row, open.row]);
      const reasonOf = async (email: string) =>
        (await logInByEmail(send, email, 'abc')).errors?.[0]?.extensions.reason;
      expect(await reasonOf(disabled.email)).toBe('ACCOUNT_DISABLED');
      expect(await reasonOf(open.email)).toBe('NOT_CONFIRMED');
    },
    TIMEOUT,
  );

  test(
    'a row that is refused takes nobody else with it, and is named by line and reason',
    async () => {
      const [first, last] = [somebody(), somebody()];
      const rows = [
        first.row,
        '{"id":',
        { identities: [] },
        { ...last.row, id: first.id },
        last.row,
      ];
      const twice = { ...somebody().row, identities: first.row.identities };
      const { exitCode, file, stderr, ...summary } = await importRows([...rows, twice]);
      expect({ exitCode, ...summary }).toMatchObject({ exitCode: 1, imported: 2, refused: 4 });
      expect(await refusedIn(file)).toEqual([
        { line: 2, reason: 'The row is not JSON' },
        { line: 3, reason: '"id": Invalid input: expected string, received undefined' },
        { line: 4, reason: 'Line 1 has the id as well' },
        { line: 6, reason: 'Line 1 has the e-mail address as well' },
      ]);
      expect((await stat(`${file}.refused.ndjson`)).mode & 0o777).toBe(0o600);
      expect(stderr).toContain(`${file}:4: Line 1 has the id as well\n`);
      expect(await accountOf(last.id)).not.toBeNull();
    },
    TIMEOUT,
  );

  test(
    'whose id or identity another user has is refused',
    async () => {
      const { email, id, row } = somebody();
      await importRows([row]);
      const other = somebody();
      const rows = [
        { ...other.row, id },
        { ...other.row, identities: row.identities },
      ];
      const { file } = await importRows(rows);
      expect(await refusedIn(file)).toEqual([
        { line: 1, reason: 'Another user has the id' },
        { line: 2, reason: `The user ${id} has the identity of "local-userpass"` },
      ]);
      expect(await accountOf(other.id)).toBeNull();
      expect((await registrationOf(email)) ?? null).toBeNull();
    },
    TIMEOUT,
  );

  test(
    'whose address a stranger had registered loses the password, and the stranger gets nowhere',
    async () => {
      const { email, id, row } = somebody({ passwordHash: BCRYPT });
      await register(email, 'the password of a stranger');
      expect(await importRows([row])).toMatchObject({ imported: 1, lostPasswords: 1 });
      await confirm(email);
      for (const password of ['the password of a stranger', 'abc']) {
        expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');
      }
      await resetWith(await askForReset(email), 'chosen by the owner');
      const credentials = { emailPassword: { email, password: 'chosen by the owner' } };
      expect((await mustLogIn(send, credentials)).user.id).toBe(id);
    },
    TIMEOUT,
  );

  test(
    'imported once more are left as they are by now',
    async () => {
      const { email, row } = somebody({ passwordHash: BCRYPT });
      await importRows([row]);
      await resetWith(await askForReset(email), 'chosen meanwhile');
      expect(await importRows([row])).toMatchObject({ exitCode: 0, imported: 0, present: 1 });
      expect((await logInByEmail(send, email, 'abc')).code).toBe('INVALID_CREDENTIALS');
      await mustLogIn(send, { emailPassword: { email, password: 'chosen meanwhile' } });
    },
    TIMEOUT,
  );

  test(
    'in a dry run says the same and writes nothing',
    async () => {
      const [one, two] = [somebody({ passwordHash: BCRYPT }), somebody()];
      const rows = [one.row, { ...two.row, id: one.id }];
      const { file, ...summary } = await importRows(rows, '--dry-run');
      expect(summary).toMatchObject({ exitCode: 1, imported: 1, refused: 1, isDryRun: true });
      expect(await refusedIn(file)).toEqual([{ line: 2, reason: 'Line 1 has the id as well' }]);
      expect(await accountOf(one.id)).toBeNull();
      expect(await registrationOf(one.email)).toBeNull();
    },
    TIMEOUT,
  );

  test(
    'an id that is none here is mapped, and a file says to which',
    async () => {
      const { email, row } = somebody({ id: 'c9a646d3', passwordHash: BCRYPT });
      const { file, mapped } = await importRows([row]);
      expect(mapped).toBe(1);
      const { id, sourceId } = JSON.parse(await readFile(`${file}.ids.ndjson`, 'utf8'));
      expect(sourceId).toBe('c9a646d3');
      const session = await mustLogIn(send, { emailPassword: { email, password: 'abc' } });
      expect(session.user.id).toBe(id);
    },
    TIMEOUT,
  );

  test(
    'interrupted leaves nobody half imported, says so, and goes on when run again',
    async () => {
      const total = 1500;
      const rows = Array.from({ length: total }, () => somebody({ passwordHash: BCRYPT }).row);
      // The refusal of the first is what is heard of the first batch.
      const file = await fileOf({}, ...rows);
      const child = spawn(process.execPath, [MAIN, 'import', 'users', file, '--json'], {
        env: { ...provideStore().env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (data) => {
        stdout += data;
      });
      child.stderr.on('data', (data) => {
        if (stderr === '') child.kill('SIGINT');
        stderr += data;
      });
      const [exitCode] = await once(child, 'close');
      const { imported, isInterrupted } = JSON.parse(stdout);
      expect({ exitCode, isInterrupted }).toEqual({ exitCode: 1, isInterrupted: true });
      expect(stderr).toContain('run it again to go on');
      expect(imported).toBeGreaterThan(0);
      expect(imported).toBeLessThan(total);
      const ids = rows.map(({ id }) => id);
      const accounts = await (await provideStore().openState('accounts')).find({
        _id: { $in: ids },
      });
      const registrations = await provideStore().openState('registrations');
      expect(accounts).toHaveLength(imported);
      expect(await registrations.find({ userId: { $in: ids } })).toHaveLength(imported);
      const { exitCode: again, stdout: rest } = await run(file, '--json');
      expect({ again, ...JSON.parse(rest) }).toMatchObject({
        ...{ again: 1, imported: total - imported, present: imported, refused: 1 },
      });
    },
    TIMEOUT,
  );

  test(
    'of a file that is not there, or is a directory, are a line and exit code 1',
    async () => {
      const missing = await run(join(directory.path, 'missing'));
      expect(missing.exitCode).toBe(1);
      expect(missing.stderr).toContain('no such file or directory');
      const { exitCode, stderr } = await run(directory.path);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('is no file');
    },
    TIMEOUT,
  );
});
