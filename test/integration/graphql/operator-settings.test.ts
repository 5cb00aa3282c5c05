import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import {
  createTemporaryDirectory,
  startGateway,
  type TestEnv,
  type TestGateway,
} from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { type LocalIssuer, startLocalIssuer } from '../../support/local-issuer.ts';
import { createPrivateKey, toJwk } from '../../support/test-tokens.ts';

const PUBLIC_URL = 'https://gateway.example';

describeOnEveryStore('what an operator can set', (provideStore) => {
  let files: { readonly path: string; readonly remove: () => Promise<void> };
  let issuer: LocalIssuer;

  beforeAll(async () => {
    files = await createTemporaryDirectory();
    issuer = await startLocalIssuer();
  });
  afterAll(async () => {
    await issuer.stop();
    await files.remove();
  });

  /** Runs `use` against a gateway on this suite's store. */
  async function withGateway(
    env: TestEnv,
    use: (send: SendOperation, gateway: TestGateway) => Promise<void>,
  ): Promise<void> {
    const gateway = await startGateway({ PUBLIC_URL, ...provideStore().env, ...env });
    try {
      await use(createGraphQLClient(gateway.url), gateway);
    } finally {
      await gateway.stop();
    }
  }

  async function writeFileOf(name: string, content: unknown): Promise<string> {
    const path = join(files.path, name);
    await writeFile(path, JSON.stringify(content));
    return path;
  }

  describe('CUSTOM_JWT_ISSUERS_FILE', () => {
    const exp = () => Math.floor(Date.now() / 1000) + 60;
    const issuersFile = () =>
      writeFileOf('issuers.json', [
        {
          issuer: issuer.issuer,
          audience: 'my-app',
          jwksUrl: issuer.jwksUrl,
          algorithms: ['ES256'],
          metadata: { name: 'profile.name' },
        },
      ]);
    const logIn = (send: SendOperation, token: string) =>
      send(OPERATIONS.logIn, { variables: { credentials: { customJwt: { token } } } });

    test('a token of a trusted issuer logs the same user in each time', async () => {
      await withGateway({ CUSTOM_JWT_ISSUERS_FILE: await issuersFile() }, async (send) => {
        const token = (sub: string) =>
          issuer.issue({ aud: 'my-app', sub, exp: exp(), profile: { name: 'Ada' } });
        const first = await logIn(send, token('ada'));
        const again = await logIn(send, token('ada'));
        const other = await logIn(send, token('grace'));
        expect(first.data.logIn.user.id).toMatch(/^[0-9a-f]{24}$/);
        expect(again.data.logIn.user.id).toBe(first.data.logIn.user.id);
        expect(other.data.logIn.user.id).not.toBe(first.data.logIn.user.id);
      });
    });

    test('any other token is INVALID_CREDENTIALS', async () => {
      await withGateway({ CUSTOM_JWT_ISSUERS_FILE: await issuersFile() }, async (send, gateway) => {
        const good = { aud: 'my-app', sub: 'ada', exp: exp() };
        const own = (await logInAnonymously(send)).accessToken;
        const refused = [
          issuer.issue({ ...good, aud: 'another-app' }),
          issuer.issue({ ...good, iss: 'https://another.example' }),
          issuer.issue({ ...good, exp: exp() - 3600 }),
          `${issuer.issue(good)}x`,
          own,
          'nonsense',
        ];
        for (const token of refused) {
          expect(await logIn(send, token)).toMatchObject({
            status: 401,
            code: 'INVALID_CREDENTIALS',
          });
        }
        expect(gateway.logText()).not.toMatch(/eyJ[\w-]{10,}/);
      });
    });

    test('an issuer whose keys cannot be fetched is SERVICE_UNAVAILABLE, not a refusal', async () => {
      issuer.setMode('fail');
      await withGateway({ CUSTOM_JWT_ISSUERS_FILE: await issuersFile() }, async (send) => {
        const token = issuer.issue({ aud: 'my-app', sub: 'ada', exp: exp() });
        expect(await logIn(send, token)).toMatchObject({
          status: 503,
          code: 'SERVICE_UNAVAILABLE',
        });
      });
      issuer.setMode('serve');
    });

    test('a file that is not usable stops the start and quotes nothing', async () => {
      const path = await writeFileOf('broken.json', [{ issuer: 'x', secret: 'do-not-print' }]);
      const starting = startGateway({ ...provideStore().env, CUSTOM_JWT_ISSUERS_FILE: path });
      await expect(starting).rejects.toThrow(/external issuers/);
      await expect(starting).rejects.not.toThrow(/do-not-print/);
    });
  });

  describe('PROVIDERS', () => {
    test('a provider that is not named is BAD_USER_INPUT', async () => {
      await withGateway({ PROVIDERS: 'anonymous' }, async (send) => {
        const variables = { email: 'a@example.com', password: 'long enough' };
        expect((await send(OPERATIONS.registerUser, { variables })).code).toBe('BAD_USER_INPUT');
        const logIn = await send(OPERATIONS.logIn, {
          variables: { credentials: { emailPassword: variables } },
        });
        expect(logIn.code).toBe('BAD_USER_INPUT');
        expect((await logInAnonymously(send)).user.id).toMatch(/^[0-9a-f]{24}$/);
      });
    });
  });

  describe('signing keys', () => {
    test('SIGNING_KEYS_FILE signs, and tokens of the stored key are refused', async () => {
      let stored = '';
      await withGateway({}, async (send) => {
        stored = (await logInAnonymously(send)).accessToken;
      });
      const key = toJwk(createPrivateKey('RS256'), { alg: 'RS256', kid: 'from-file' });
      const path = await writeFileOf('keys.json', { keys: [key] });
      await withGateway({ SIGNING_KEYS_FILE: path, SIGNING_ALG: 'RS256' }, async (send) => {
        const { accessToken } = await logInAnonymously(send);
        const header = JSON.parse(Buffer.from(accessToken.split('.')[0], 'base64url').toString());
        expect(header).toEqual({ alg: 'RS256', kid: 'from-file', typ: 'at+jwt' });
        const me = await send(OPERATIONS.me, { token: stored });
        expect(me.errors?.[0]?.extensions.reason).toBe('TOKEN_INVALID');
      });
    });

    test('after a change of SIGNING_ALG tokens of the old key still verify', async () => {
      let old = '';
      await withGateway({}, async (send) => {
        old = (await logInAnonymously(send)).accessToken;
      });
      await withGateway({ SIGNING_ALG: 'EdDSA' }, async (send) => {
        const me = await send(OPERATIONS.me, { token: old });
        expect(me.data.me.id).toMatch(/^[0-9a-f]{24}$/);
        const { accessToken } = await logInAnonymously(send);
        expect((await send(OPERATIONS.me, { token: accessToken })).code).toBeUndefined();
      });
    });
  });

  describe('the documents', () => {
    test('CUSTOM_DATA_CLAIM_ENCODING=relaxed changes the claim; answers stay the same', async () => {
      await withGateway({ CUSTOM_DATA_CLAIM_ENCODING: 'relaxed' }, async (send) => {
        const { accessToken } = await logInAnonymously(send);
        const { data } = await send(OPERATIONS.write, {
          token: accessToken,
          variables: { data: { age: 42, at: { $date: '2026-01-01T00:00:00Z' } } },
        });
        const written = data.writeCustomUserData;
        expect(decodeUnverifiedToken(written.accessToken).user_data).toMatchObject({
          age: 42,
          at: { $date: '2026-01-01T00:00:00Z' },
        });
        expect(written.canonical).toMatchObject({ age: { $numberInt: '42' } });
      });
    });

    test('the user id may be the _id of the document', async () => {
      const env = { CUSTOM_DATA_USER_ID_FIELD: '_id', CUSTOM_DATA_COLLECTION: 'by-id' };
      await withGateway(env, async (send) => {
        const { accessToken, user } = await logInAnonymously(send);
        const { data } = await send(OPERATIONS.write, {
          token: accessToken,
          variables: { data: { a: 1 } },
        });
        expect(data.writeCustomUserData.customData).toEqual({ _id: user.id, a: 1 });
      });
    });

    test('old duplicates: the gateway starts, warns with the ids, the first inserted counts', async () => {
      let session = { refreshToken: '', user: { id: '' } };
      await withGateway({}, async (send) => {
        session = await logInAnonymously(send);
      });
      const userId = session.user.id;
      const documents = await provideStore().openDocuments('duplicates');
      await documents.insertOne({ _id: new ObjectId('200000000000000000000000'), userId, n: 2 });
      await documents.insertOne({ _id: new ObjectId('100000000000000000000000'), userId, n: 1 });
      await withGateway({ CUSTOM_DATA_COLLECTION: 'duplicates' }, async (send, gateway) => {
        expect(gateway.logText()).toContain('several documents for one user');
        expect(gateway.logText()).toContain(userId);
        const { data } = await send(OPERATIONS.refreshSession, {
          variables: { refreshToken: session.refreshToken },
        });
        expect(data.refreshSession.user.customData.n).toBe(1);
      });
    });

    test('very many old duplicates: the warning has a hundred ids and says that there are more', async () => {
      const documents = await provideStore().openDocuments('very-many');
      const insertions = Array.from({ length: 204 }, (_, n) =>
        documents.insertOne({ _id: n, userId: `user-${n % 102}` }),
      );
      await Promise.all(insertions);
      await withGateway({ CUSTOM_DATA_COLLECTION: 'very-many' }, async (_send, gateway) => {
        const line = gateway
          .logText()
          .split('\n')
          .find((text) => text.includes('several documents'));
        const { isCut, msg, userIds } = JSON.parse(line ?? '{}');
        expect(userIds).toHaveLength(100);
        expect(isCut).toBe(true);
        expect(msg).toContain('more than 100 users have several, the others are not listed');
      });
    });
  });
});
