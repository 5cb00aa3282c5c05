/** `check`: every check is made, and those that others run are asked. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { check, statusesOf } from '../../support/check.ts';
import { runCommand } from '../../support/command.ts';
import { writeApp } from '../../support/functions-app.ts';
import { createTemporaryDirectory, type TestEnv } from '../../support/gateway.ts';
import { startLocalIssuer } from '../../support/local-issuer.ts';
import { startMailServer, startSilentServer } from '../../support/mail-server.ts';

const TIMEOUT = 60_000;
const UNREACHABLE = 'mongodb://ada:a-password@127.0.0.1:1/';

describe('check makes every check, whatever the others come to', () => {
  let app: Awaited<ReturnType<typeof writeApp>>;
  beforeAll(async () => {
    app = await writeApp({
      'functions/config.json': [{ name: 'listed', private: true }],
      'functions/listed.js': 'exports = () => 1;',
      'functions/forgotten.js': 'exports = () => 2;',
      'schema.json': { type: 'object', properties: { a: { typo: true } } },
    });
  });
  afterAll(() => app.remove());

  test(
    'with an unreachable store, within seconds, and shows no password',
    async () => {
      const begin = performance.now();
      const { byName, stdout } = await check({
        MONGODB_URI: UNREACHABLE,
        FUNCTIONS_DIR: app.path,
        CUSTOM_DATA_SCHEMA_FILE: join(app.path, 'schema.json'),
        CUSTOM_DATA_SCHEMAFILE: 'secret',
        SMTP_URL: 'smtp://ada:a-password@127.0.0.1:1',
        EMAIL_FROM: 'a@example.com',
      });
      expect(performance.now() - begin).toBeLessThan(20_000);
      expect(statusesOf(byName)).toEqual({
        ...{ configuration: 'warning', schema: 'failed', store: 'failed', indexes: 'skipped' },
        ...{ keys: 'skipped', issuers: 'skipped', mail: 'failed', functions: 'warning' },
        ...{ claims: 'skipped', export: 'skipped', endpoints: 'skipped' },
      });
      expect(byName.configuration?.unknownVariables).toEqual([
        { variable: 'CUSTOM_DATA_SCHEMAFILE', suggestion: 'CUSTOM_DATA_SCHEMA_FILE' },
      ]);
      expect(byName.schema?.found).toContain('a/typo');
      expect(byName.store?.found).toContain('The store cannot be reached');
      expect(byName.functions).toMatchObject({
        functions: expect.arrayContaining(['listed', 'forgotten']),
        publicWithoutEntry: ['forgotten'],
      });
      expect(stdout).not.toMatch(/a-password|secret/);
    },
    TIMEOUT,
  );

  test(
    'but with an environment that is none there is nothing to check',
    async () => {
      const { byName, names } = await check({ PORT: 'x', TRUST_PROXY: 'y', LOGLEVEL: 'debug' });
      expect(names).toEqual(['configuration']);
      expect(byName.configuration).toMatchObject({
        status: 'failed',
        problems: [
          'PORT must be an integer between 0 and 65535',
          expect.stringMatching(/^TRUST_PROXY must be "true", "false", a number of proxies/),
          'LOGLEVEL is not a variable of the gateway; LOG_LEVEL is',
        ],
      });
    },
    TIMEOUT,
  );

  test(
    'as text it is one line a check, problems last, each with what to do',
    async () => {
      const env = { MONGODB_URI: UNREACHABLE, FUNCTIONS_DIR: app.path };
      const { exitCode, stdout, stderr } = await runCommand(['check'], env);
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      const firsts = lines.map((line) => /^\w*/.exec(line)?.[0]);
      expect(firsts).toEqual([
        ...Array<string>(8).fill('skipped'),
        ...['ok', 'warning', '', 'failed', ''],
      ]);
      expect(lines[9]).toContain('forgotten');
      expect(lines[11]).toMatch(/^failed {3}store .*MONGODB_URI: The store cannot be reached/);
      expect(lines[12]).toMatch(/^ +See that the database runs/);
    },
    TIMEOUT,
  );
});

describe('check asks those that others run', () => {
  let data: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    data = await createTemporaryDirectory();
  });
  afterAll(() => data.remove());
  const checkWith = (env: TestEnv) => check({ DATA_DIR: join(data.path, 'none'), ...env });

  test(
    'each issuer once for its keys',
    async () => {
      const [good, bad, openId] = await Promise.all([1, 2, 3].map(() => startLocalIssuer()));
      if (good === undefined || bad === undefined || openId === undefined) throw new Error('None');
      const entry = ({ issuer, jwksUrl }: typeof good) => ({
        ...{ issuer, jwksUrl, audience: 'app', algorithms: ['ES256'] },
      });
      const file = join(data.path, 'issuers.json');
      await writeFile(file, JSON.stringify([entry(good), entry(bad)]));
      const env = {
        CUSTOM_JWT_ISSUERS_FILE: file,
        GOOGLE_ISSUER: openId.issuer,
        GOOGLE_CLIENT_IDS: 'client',
      };
      const all = await checkWith(env);
      expect(all.byName.issuers).toMatchObject({
        status: 'ok',
        issuers: [good, bad, openId].map(({ issuer }) => ({ name: issuer, outcome: '1 key' })),
      });
      expect([good, bad, openId].map(({ fetches }) => fetches())).toEqual([1, 1, 1]);
      expect(openId.discoveries()).toBe(1);

      for (const [mode, outcome] of [
        ['fail', 'The issuer answered 500'],
        ['garbage', 'The issuer answered with something that is no key set'],
        ['hang', 'The issuer does not answer in time'],
      ] as const) {
        bad.setMode(mode);
        const { byName, exitCode } = await checkWith(env);
        expect(exitCode).toBe(1);
        expect(byName.issuers).toMatchObject({
          status: 'failed',
          issuers: [
            { name: good.issuer, isUsable: true },
            { name: bad.issuer, isUsable: false, outcome },
            { name: openId.issuer, isUsable: true },
          ],
        });
      }
      await bad.stop();
      const gone = await checkWith(env);
      expect(gone.byName.issuers?.found).toContain('does not answer (ECONNREFUSED)');
      await Promise.all([good.stop(), openId.stop()]);
    },
    TIMEOUT,
  );

  test(
    'the mail server, which is sent no mail',
    async () => {
      const server = await startMailServer();
      const env = { SMTP_URL: server.url, EMAIL_FROM: 'a@example.com' };
      expect((await checkWith(env)).byName.mail).toMatchObject({ status: 'ok' });
      expect(server.mails).toEqual([]);
      await server.stop();
      const { byName, exitCode } = await checkWith(env);
      expect(exitCode).toBe(1);
      expect(byName.mail?.found).toContain('The mail server failed: ESOCKET');
    },
    TIMEOUT,
  );

  test(
    'a mail server that says nothing, for a few seconds',
    async () => {
      const server = await startSilentServer();
      const { byName } = await checkWith({ SMTP_URL: server.url, EMAIL_FROM: 'a@example.com' });
      expect(byName.mail).toMatchObject({ status: 'failed' });
      await server.stop();
    },
    TIMEOUT,
  );

  test(
    'nobody for functions that cannot be used, or that are named and not there',
    async () => {
      const app = await writeApp({ 'functions/broken.js': 'exports = (' });
      const broken = await checkWith({ FUNCTIONS_DIR: app.path });
      expect(broken.byName.functions).toMatchObject({
        status: 'warning',
        problems: [expect.stringContaining('functions/broken.js:')],
      });
      const strict = await checkWith({ FUNCTIONS_DIR: app.path, FUNCTIONS_STRICT: 'true' });
      expect(strict.byName.functions).toMatchObject({
        status: 'failed',
        found: expect.stringContaining('functions/broken.js:'),
      });
      await app.remove();
      const empty = await writeApp({ 'functions/config.json': [] });
      const env = { FUNCTIONS_DIR: empty.path, ON_USER_CREATION_FUNCTION: 'welcome' };
      const missing = await checkWith(env);
      expect(missing.byName.functions?.found).toContain('There is no function "welcome"');
      await empty.remove();
    },
    TIMEOUT,
  );

  test(
    'the file of the signing keys, which is quoted nowhere',
    async () => {
      const file = join(data.path, 'keys.json');
      await writeFile(file, '{"keys": [{"kty": "EC", "d": "a-secret"}]}');
      const { byName, stdout } = await checkWith({ SIGNING_KEYS_FILE: file });
      expect(byName.keys).toMatchObject({ status: 'failed' });
      expect(stdout).not.toContain('a-secret');
    },
    TIMEOUT,
  );
});
