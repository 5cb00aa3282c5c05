/** What `check`, `start` and `SIGHUP` make of a claims file. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { check } from '../../support/check.ts';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';
import { type ClaimsFiles, ownClaimsOf, writeClaimsFiles } from '../../support/own-claims.ts';
import { runWorkersGateway } from '../../support/workers.ts';

const SCHEMA = { type: 'object', properties: { role: { type: 'string', readOnly: true } } };
const TRUSTED = { role: { $path: '/role', default: 'user' } };
const UNTRUSTED = { role: { $path: '/nick' } };
const TIMEOUT = 60_000;

let files: ClaimsFiles;
let dataDir: string;
let removeData: () => Promise<void>;

beforeEach(async () => {
  ({ path: dataDir, remove: removeData } = await createTemporaryDirectory());
  files = await writeClaimsFiles(TRUSTED, SCHEMA);
});
afterEach(async () => {
  await files.remove();
  await removeData();
});

const environment = () => ({ DATA_DIR: dataDir, ...files.env });

describe('check', () => {
  test(
    'names the claims of a file, and what users may write of them',
    async () => {
      await files.rewrite({ ...TRUSTED, nick: { $path: '/nick', isUserWritable: true } });
      const { byName, exitCode } = await check(environment());
      expect(exitCode).toBe(0);
      expect(byName.claims).toMatchObject({
        status: 'ok',
        found: '2 claims of 2 paths of the document; users may write /nick',
        claims: ['role', 'nick'],
        userWritable: ['/nick'],
      });
    },
    TIMEOUT,
  );

  test(
    'fails for one that the start refuses, with the path and the reason',
    async () => {
      await files.rewrite(UNTRUSTED);
      const { byName, exitCode } = await check(environment());
      expect(exitCode).toBe(1);
      const found = expect.stringMatching(/\/role: "\/nick" is not in the schema, so users may/);
      expect(byName.claims).toMatchObject({ status: 'failed', found });
    },
    TIMEOUT,
  );

  test(
    'does not judge it by a schema that cannot be used',
    async () => {
      const broken = await writeClaimsFiles(TRUSTED, { type: 'string' });
      const { byName } = await check({ DATA_DIR: dataDir, ...broken.env });
      await broken.remove();
      expect(byName.schema?.status).toBe('failed');
      expect(byName.claims).toMatchObject({
        status: 'skipped',
        found: 'the schema cannot be used',
      });
    },
    TIMEOUT,
  );
});

test.each([
  ['is made of what users may write', UNTRUSTED, /\/role: "\/nick" is not in the schema/],
  ['has a registered claim', { sub: 'admin' }, /\/sub: "sub" is a claim of RFC 7519/],
])(
  'a gateway whose file %s does not start',
  async (_what, claims, line) => {
    await files.rewrite(claims);
    const { exitCode, stdout, stderr } = await runCommand(['start'], {
      PORT: '0',
      ...environment(),
    });
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toMatch(line);
  },
  TIMEOUT,
);

test(
  'SIGHUP has workers read the file anew, and keeps them if it cannot be used',
  async () => {
    const gateway = runWorkersGateway(environment());
    const send = createGraphQLClient(await gateway.url());
    const roleOfNewUser = async () => ownClaimsOf((await logInAnonymously(send)).accessToken).role;
    try {
      expect(await roleOfNewUser()).toBe('user');
      await files.rewrite({ role: 'guest' });
      gateway.child.kill('SIGHUP');
      await gateway.line('all workers are replaced');
      expect(await roleOfNewUser()).toBe('guest');
      await files.rewrite(UNTRUSTED);
      gateway.child.kill('SIGHUP');
      const { problems } = await gateway.line('a new worker cannot start');
      expect(problems).toEqual([{ path: '/role', message: expect.stringContaining('"/nick"') }]);
      expect(await roleOfNewUser()).toBe('guest');
    } finally {
      await gateway.stop();
    }
  },
  TIMEOUT,
);
