import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { TestEnv } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { readRevisions } from '../../support/history.ts';
import { PROFILE_SCHEMA } from '../../support/schema.ts';
import { useSchemaGateway } from '../../support/schema-gateway.ts';

const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;
const USER_ID = '62efedca3587e6e83c0fc675';

/** Runs `custom-user-data data …` to its end. */
async function runData(env: TestEnv, args: readonly string[], input = '') {
  const child = spawn(process.execPath, [MAIN, 'data', ...args], { env: { ...env } });
  child.stdin.end(input);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { stdout, stderr, exitCode };
}

describeOnEveryStore('custom-user-data data, while a gateway runs', (provideStore) => {
  const { env, send } = useSchemaGateway(provideStore, PROFILE_SCHEMA, {
    CUSTOM_DATA_HISTORY: '10',
  });

  const run = (args: readonly string[], input?: string) => runData(env(), args, input);
  /** Runs with `--json`; anything but success fails the test. */
  async function runJson(args: readonly string[], input?: string) {
    const { exitCode, stderr, stdout } = await run([...args, '--json'], input);
    expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout);
  }
  async function startUser() {
    const { accessToken: token, user } = await logInAnonymously(send);
    const write = (data: object) => send(OPERATIONS.write, { token, variables: { data } });
    return { token, userId: user.id as string, write };
  }

  test('operators read and write every field, and users see what they may of it', async () => {
    const { token, userId, write } = await startUser();
    await write({ nickname: 'Ann' });
    const document = { role: 'admin', fraud: { level: 1, notes: 'CANARY' } };
    const written = await runJson(['write', userId, '-'], JSON.stringify(document));
    expect(written).toMatchObject({
      userId,
      result: { matchedCount: 1, modifiedCount: 1, upsertedId: null },
      customData: { userId, nickname: 'Ann', ...document },
    });
    const got = await runJson(['get', userId]);
    const { result: _, ...rest } = written;
    expect(got).toStrictEqual(rest);
    const { data } = await send(OPERATIONS.refreshCustomData, { token });
    expect(data.refreshCustomData.customData).toMatchObject({ nickname: 'Ann', role: 'admin' });
    expect(data.refreshCustomData.user.customDataRevision).toBe(written.revision);
    const [newest] = await readRevisions(send, token);
    expect(newest).toMatchObject({
      ...{ revision: written.revision, writer: 'OPERATOR' },
      changes: [{ path: '/role', kind: 'ADDED', after: 'admin' }],
    });
  }, 30_000);

  test('a new document, the modes and the formats', async () => {
    const born = { born: { $date: '1990-01-31T00:00:00Z' } };
    const id = '000000000000000000000001';
    const made = await runJson([
      'write',
      id,
      JSON.stringify({ ...born, nickname: 'Ann', role: 'x' }),
    ]);
    expect(made.result.upsertedId).toBe(made.customData._id);
    const replaced = await run(['write', id, '{"role":"y"}', '--mode', 'REPLACE']);
    expect(JSON.parse(replaced.stdout)).toStrictEqual({
      ...{ _id: made.customData._id, userId: id, role: 'y' },
    });
    const patch = JSON.stringify({ ...born, role: 'x', nickname: null });
    const merged = await runJson(['write', id, patch, '--mode', 'DEEP_MERGE', '--format', 'plain']);
    expect(merged.customData).toMatchObject({ born: '1990-01-31T00:00:00.000Z' });
    const { stdout } = await run(['get', id, '--format', 'canonical']);
    expect(JSON.parse(stdout)).toMatchObject({
      born: { $date: { $numberLong: '633744000000' } },
    });
  }, 30_000);

  test('the schema holds for operators too, hidden fields included, unless they say otherwise', async () => {
    const { userId } = await startUser();
    const invalid = JSON.stringify({ nickname: 'x'.repeat(21), fraud: { level: 'CANARY' } });
    const refused = await run(['write', userId, invalid]);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('CUSTOM_DATA_INVALID');
    for (const path of ['/role', '/nickname', '/fraud/level']) {
      expect(refused.stderr).toContain(`  ${path}: `);
    }
    expect(refused.stderr).not.toContain('CANARY');
    expect(await run(['get', userId])).toMatchObject({ exitCode: 1, stdout: '' });
    const { customData } = await runJson(['write', userId, invalid, '--no-validate']);
    expect(customData).toMatchObject(JSON.parse(invalid));
  }, 30_000);

  test('identity fields and forbidden names are nobody’s to write', async () => {
    const { userId, write } = await startUser();
    await write({ nickname: 'Ann' });
    const input = '{"_id":"other","userId":"other","a.b":1,"$c":1}';
    const refused = await run(['write', userId, input, '--no-validate']);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('FIELD_NOT_WRITABLE');
    for (const path of ['/_id', '/userId', '/a.b', '/$c']) {
      expect(refused.stderr).toContain(`  ${path}\n`);
    }
    expect(await run(['write', userId, '[1]'])).toMatchObject({ exitCode: 1, stdout: '' });
  }, 30_000);

  test('history and restore, with compare-and-set', async () => {
    const { token, userId, write } = await startUser();
    await runJson(['write', userId, '{"role":"member","nickname":"Ann","fraud":{"level":1}}']);
    await write({ nickname: 'Bea' });
    const { revisions } = await runJson(['history', userId]);
    expect(revisions).toMatchObject([
      { writer: 'USER', changes: [{ path: '/nickname', before: 'Ann', after: 'Bea' }] },
      { writer: 'OPERATOR', deleted: false, customData: { fraud: { level: 1 } } },
    ]);
    const { stdout } = await run(['history', userId, '--limit', '1']);
    expect(stdout).toMatch(/^\S+Z USER {5}\S{22}\n {2}~ \/nickname "Ann" -> "Bea"\n$/);
    const [current, old] = revisions.map(({ revision }: { revision: string }) => revision);
    const restore = (revision: string, expected: string) =>
      run(['restore', userId, '--expected-revision', expected, '--', revision]);
    const conflict = await restore(old, old);
    expect(conflict).toMatchObject({ exitCode: 1, stdout: '' });
    expect(conflict.stderr).toContain('REVISION_CONFLICT');
    expect(conflict.stderr).toContain(`it is ${current}`);
    const restored = await restore(old, current);
    expect(JSON.parse(restored.stdout)).toMatchObject({ nickname: 'Ann', role: 'member' });
    expect(await readRevisions(send, token)).toMatchObject([
      { writer: 'OPERATOR' },
      { writer: 'USER' },
      { writer: 'OPERATOR' },
    ]);
    const unknown = await run(['restore', userId, 'nonsense']);
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toContain('REVISION_NOT_FOUND');
  }, 30_000);

  test('delete, and delete with the history', async () => {
    const { token, userId, write } = await startUser();
    await write({ nickname: 'Ann' });
    expect(await runJson(['delete', userId])).toMatchObject({
      userId,
      result: { deletedCount: 1 },
    });
    expect(await readRevisions(send, token)).toMatchObject([
      { deleted: true, writer: 'OPERATOR' },
      { writer: 'USER' },
    ]);
    const again = await run(['delete', userId, '--with-history']);
    expect(again).toMatchObject({ exitCode: 0, stdout: 'There was no document\n' });
    const entries = await provideStore().readAll('custom-data-history');
    expect(entries.filter((entry) => entry.userId === userId)).toStrictEqual([]);
    expect(await readRevisions(send, token)).toStrictEqual([]);
  }, 30_000);

  test('without a history there is none to print or to bring back, but one to delete', async () => {
    const { userId, write } = await startUser();
    await write({ nickname: 'Ann' });
    const off = { ...env(), CUSTOM_DATA_HISTORY: '0' };
    const printed = await runData(off, ['history', userId]);
    expect(printed).toMatchObject({ exitCode: 1, stdout: '' });
    expect(printed.stderr).toContain('CUSTOM_DATA_HISTORY');
    expect(await runData(off, ['restore', userId, 'x'])).toMatchObject({ exitCode: 1, stdout: '' });
    await runData(off, ['delete', userId, '--with-history']);
    const entries = await provideStore().readAll('custom-data-history');
    expect(entries.filter((entry) => entry.userId === userId)).toStrictEqual([]);
  }, 30_000);
});

describe('custom-user-data data', () => {
  test('--help of each command says what it takes', async () => {
    const help = await runData({}, ['--help']);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('Exit codes: 0 done, 1 failed');
    for (const command of ['get', 'write', 'delete', 'history', 'restore']) {
      const { exitCode, stdout } = await runData({}, [command, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('--json');
      expect(help.stdout).toContain(command);
    }
  }, 30_000);

  test.each([
    ['an unknown command', ['remove', USER_ID]],
    ['a missing argument', ['write', USER_ID]],
    ['a user id that is none', ['get', 'Ann']],
    ['an unknown mode', ['write', USER_ID, '{}', '--mode', 'merge']],
    ['an unknown format', ['get', USER_ID, '--format', 'xml']],
    ['a limit that is no number', ['history', USER_ID, '--limit', '0']],
    ['text that is not JSON', ['write', USER_ID, '{CANARY']],
    ['input that is not JSON', ['write', USER_ID, '-']],
  ])('%s exits 2 and opens nothing', async (_what, args) => {
    const env = { DATA_DIR: '/dev/null/nothing' };
    const { exitCode, stdout, stderr } = await runData(env, args, '{CANARY');
    expect({ exitCode, stdout }).toStrictEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('error: ');
    expect(stderr).not.toContain('{CANARY');
  });

  test.each([
    ['a wrong configuration', { CUSTOM_DATA_HISTORY: 'x' }, 'CUSTOM_DATA_HISTORY'],
    ['a directory that cannot be used', { DATA_DIR: '/dev/null/nothing' }, 'DATA_DIR'],
    ['a database that is away', { MONGODB_URI: 'mongodb://127.0.0.1:1/' }, 'cannot be reached'],
  ])(
    '%s exits 1 and says so',
    async (_what, env, message) => {
      const { exitCode, stdout, stderr } = await runData(env, ['get', USER_ID]);
      expect({ exitCode, stdout }).toStrictEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toContain(message);
    },
    15_000,
  );
});
