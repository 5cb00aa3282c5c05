import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import {
  createTemporaryDirectory,
  startGateway,
  type TestEnv,
  type TestGateway,
} from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { kidOf } from '../../support/key-drill.ts';
import { createPrivateKey, toJwk } from '../../support/test-tokens.ts';

const TIMEOUT = 60_000;

async function readPublished(url: string): Promise<readonly { kid: string }[]> {
  const answer = await fetch(`${url}/.well-known/jwks.json`);
  return ((await answer.json()) as { keys: { kid: string }[] }).keys;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Writes a JWKS to a file. */
async function writeKeys(directory: string, keys: readonly object[]): Promise<string> {
  const path = join(directory, `keys-${Math.random()}.json`);
  await writeFile(path, JSON.stringify({ keys }));
  return path;
}

describeOnEveryStore('keys', (provideStore) => {
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

  const keys = (args: readonly string[], env: TestEnv = {}) =>
    runCommand(['keys', ...args], { ...provideStore().env, ...env });
  async function asJson(...args: string[]) {
    const { exitCode, stdout, stderr } = await keys([...args, '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout);
  }
  const active = async () => (await readPublished(gateway.url))[0]?.kid ?? '';

  test(
    'list, rotate and retire are followed by a gateway that runs, and nobody is logged out',
    async () => {
      const send = createGraphQLClient(gateway.url);
      const { accessToken, refreshToken, user } = await logInAnonymously(send);
      const [first, next] = (await asJson('list')).keys;
      expect([first.kid, first.state, next.state]).toEqual([await active(), 'active', 'next']);
      expect((await keys(['list'])).stdout).toMatch(
        new RegExp(`^${first.kid}  ES256  active\\n${next.kid}  ES256  next\\n$`),
      );

      const rotated = await keys(['rotate']);
      expect(rotated).toEqual({ exitCode: 0, stdout: `${next.kid} is active\n`, stderr: '' });
      await until(async () => (await active()) === next.kid);
      const again = await keys(['rotate']);
      expect(again.stdout).toMatch(/ is next, signs from \d{4}-.*Z\n$/);
      const me = await send(OPERATIONS.me, { token: accessToken });
      expect(me.data.me.id).toBe(user.id);
      const { data } = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      expect(kidOf(data.refreshSession.accessToken)).toBe(next.kid);

      const retired = await asJson('retire', first.kid);
      expect(retired).toMatchObject({ kid: first.kid, state: 'retiring' });
      expect((await keys(['retire', first.kid])).stdout).toMatch(/is retiring, verifies until /);
    },
    TIMEOUT,
  );

  test(
    'retire --now takes a stolen key out of force, and another signs',
    async () => {
      const stolen = await active();
      const { accessToken: token } = await logInAnonymously(createGraphQLClient(gateway.url));
      const { signer } = await asJson('retire', stolen, '--now');
      const me = () => createGraphQLClient(gateway.url)(OPERATIONS.me, { token });
      const before = performance.now();
      await until(async () => (await me()).status === 401);
      expect(performance.now() - before).toBeLessThan(10_000);
      expect(await active()).toBe(signer);
      expect((await asJson('list')).keys).toContainEqual(
        expect.objectContaining({ kid: stolen, state: 'retired' }),
      );
      const { stdout } = await keys(['retire', stolen, '--now']);
      expect(stdout).toContain(`${stolen} is retired: `);
    },
    TIMEOUT,
  );

  test(
    'import adds keys that are published, and export prints what is, without private members',
    async () => {
      const mine = toJwk(createPrivateKey('ES256'), { kid: 'mine' });
      const file = await writeKeys(directory.path, [mine]);
      expect((await keys(['import', file])).stdout).toBe('mine is next\n');
      await until(async () => (await readPublished(gateway.url)).some(({ kid }) => kid === 'mine'));
      const byKid = (one: { kid: string }, other: { kid: string }) =>
        one.kid < other.kid ? -1 : 1;
      const exported = await asJson('export', '--public');
      expect([...exported.keys].sort(byKid)).toEqual(
        [...(await readPublished(gateway.url))].sort(byKid),
      );
      expect(JSON.stringify(exported)).not.toContain('"d"');
      const { stdout } = await keys(['export', '--public']);
      expect(JSON.parse(stdout)).toEqual(exported);
      expect(stdout).not.toContain(String(mine.d));
    },
    TIMEOUT,
  );

  test(
    'a key or a file that is no use exits 1, a wrong argument exits 2, both print nothing',
    async () => {
      const broken = join(directory.path, 'broken.json');
      await writeFile(broken, '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}');
      for (const [args, message] of [
        [['retire', 'unknown'], 'There is no such key'],
        [['retire', 'unknown', '--now'], 'There is no such key'],
        [['import', broken], '"keys[0]" is symmetric'],
        [['import', join(directory.path, 'absent')], 'does not exist'],
      ] as const) {
        const { exitCode, stdout, stderr } = await keys(args);
        expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
        expect(stderr).toContain(message);
        expect(stderr).not.toContain('c2VjcmV0');
      }
      for (const args of [['export'], ['retire'], ['import'], ['nonsense']]) {
        expect(await keys(args)).toMatchObject({ exitCode: 2, stdout: '' });
      }
    },
    TIMEOUT,
  );

  test(
    'what a command does to the keys is in the audit log',
    async () => {
      const env = { AUDIT_LOG: 'store' };
      const mine = toJwk(createPrivateKey('ES256'), { kid: 'audited' });
      const file = await writeKeys(directory.path, [mine]);
      for (const args of [['import', file], ['retire', 'audited', '--now'], ['rotate']]) {
        expect(await keys(args, env)).toMatchObject({ exitCode: 0 });
      }
      const { stdout } = await runCommand(['audit', '--json'], { ...provideStore().env, ...env });
      const entries = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(entries).toMatchObject([
        { type: 'SIGNING_KEYS_IMPORTED', actor: 'OPERATOR', kids: ['audited'] },
        { type: 'SIGNING_KEY_RETIRED', actor: 'OPERATOR', kids: ['audited'], isNow: true },
        { type: 'SIGNING_KEYS_ROTATED', actor: 'OPERATOR', kids: [expect.any(String)] },
      ]);
    },
    TIMEOUT,
  );
});

describe('SIGNING_KEYS_FILE', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
  });
  afterAll(() => directory.remove());

  const former = toJwk(createPrivateKey('ES256'), { kid: 'former' });
  const mine = toJwk(createPrivateKey('ES256'), { kid: 'mine' });
  const start = async (keys: readonly object[]) =>
    startGateway({
      ...{ DATA_DIR: directory.path, PUBLIC_URL: 'http://gateway.example' },
      SIGNING_KEYS_FILE: await writeKeys(directory.path, keys),
    });

  test(
    'with several keys: the first signs, all verify and are published, so keys turn by a change of the file',
    async () => {
      const before = await start([former]);
      const { refreshToken } = await logInAnonymously(createGraphQLClient(before.url));
      expect(kidOf(refreshToken)).toBe('former');
      await before.stop();

      const both = await start([mine, former]);
      expect((await readPublished(both.url)).map(({ kid }) => kid)).toEqual(['mine', 'former']);
      const send = createGraphQLClient(both.url);
      const refresh = { variables: { refreshToken } };
      const { data } = await send(OPERATIONS.refreshSession, refresh);
      expect(kidOf(data.refreshSession.accessToken)).toBe('mine');
      await both.stop();

      const after = await start([mine]);
      const refused = await createGraphQLClient(after.url)(OPERATIONS.refreshSession, refresh);
      expect(refused.errors?.[0]?.extensions).toMatchObject({ reason: 'TOKEN_INVALID' });
      await after.stop();
    },
    TIMEOUT,
  );

  test(
    'rules: list and export show its keys and say so, what would change keys exits 1',
    async () => {
      const SIGNING_KEYS_FILE = await writeKeys(directory.path, [mine, former]);
      const env = { DATA_DIR: directory.path, SIGNING_KEYS_FILE };
      const list = await runCommand(['keys', 'list', '--json'], env);
      expect(list.exitCode).toBe(0);
      expect(list.stderr).toContain('SIGNING_KEYS_FILE is set');
      expect(JSON.parse(list.stdout)).toEqual({
        keys: [
          { kid: 'mine', alg: 'ES256', state: 'active' },
          { kid: 'former', alg: 'ES256', state: 'retiring' },
        ],
        from: 'file',
      });
      const exported = await runCommand(['keys', 'export', '--public', '--json'], env);
      expect(JSON.parse(exported.stdout).keys.map(({ kid }: { kid: string }) => kid)).toEqual([
        'mine',
        'former',
      ]);
      expect(exported.stdout).not.toContain(String(mine.d));
      for (const args of [['rotate'], ['retire', 'mine'], ['import', SIGNING_KEYS_FILE]]) {
        const { exitCode, stdout, stderr } = await runCommand(['keys', ...args], env);
        expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
        expect(stderr).toContain('change the file and restart the gateways');
      }
    },
    TIMEOUT,
  );
});

test(
  'KEY_ENCRYPTION_SECRETS_FILE: no private key is in the store in plain, and nothing starts without the secret',
  async () => {
    const directory = await createTemporaryDirectory();
    const secretsFile = join(directory.path, 'secrets');
    await writeFile(secretsFile, 'a secret of many characters\n');
    const DATA_DIR = join(directory.path, 'data');
    const env = { DATA_DIR, KEY_ENCRYPTION_SECRETS_FILE: secretsFile, PORT: '0' };
    const gateway = await startGateway(env);
    await gateway.stop();
    const store = (await readFile(join(DATA_DIR, 'data.mdb'))).toString('latin1');
    // The name of a member, as BSON has it: a string of 44 bytes with its end.
    expect(store).not.toContain('\x02d\x00\x2c\x00\x00\x00');
    expect(store).toContain('sealed');
    for (const args of [['start'], ['keys', 'rotate']]) {
      const { exitCode, stderr } = await runCommand(args, { DATA_DIR, PORT: '0' });
      expect(exitCode).toBe(1);
      expect(stderr).toContain('set KEY_ENCRYPTION_SECRETS');
    }
    const { exitCode, stdout } = await runCommand(['keys', 'list', '--json'], env);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).keys).toMatchObject([{ isEncrypted: true }, { isEncrypted: true }]);
    await directory.remove();
  },
  TIMEOUT,
);
