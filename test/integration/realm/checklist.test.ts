/**
 * The rules that clients rely on, numbered as in the measurements that they come from; the sixth is in
 * `refresh-token.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../src/bson.ts';
import { formatExtendedJson } from '../../../src/custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../../../src/custom-data/extended-json-parse.ts';
import {
  type CoreSession,
  createCoreClient,
  logInCore,
  type SendCore,
} from '../../support/core-client.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { startGatewayPair } from '../../support/gateway-pair.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { decodeUnverifiedToken } from '../../support/graphql-client.ts';
import { canonicalDocument } from '../../support/json-arbitraries.ts';

const CALL = '/app/myapp-abcde/functions/call';

describeOnEveryStore('the rules of the client protocol', (provideStore) => {
  let gateway: TestGateway;
  let send: SendCore;
  let clock = Date.now();

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => clock });
    send = createCoreClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const call = (token: string, name: string, ...args: unknown[]) =>
    send('POST', CALL, { token, body: { name, arguments: args } });
  const refresh = async ({ refresh_token: token }: CoreSession) => {
    const { json } = await send('POST', '/auth/session', { token });
    return decodeUnverifiedToken(json.access_token);
  };

  test('1: a JWT of three parts with integer times, a hexadecimal subject and a type', async () => {
    const { access_token: token, user_id: userId } = await logInCore(send);
    expect(token.split('.')).toHaveLength(3);
    const claims = decodeUnverifiedToken(token);
    expect(claims).toMatchObject({ sub: userId, typ: 'access' });
    expect(userId).toMatch(/^[0-9a-f]{24}$/);
    expect([claims.iat, claims.exp].every(Number.isInteger)).toBe(true);
    expect(claims).not.toHaveProperty('user_data');
  });

  describe('2: user_data', () => {
    test('is canonical Extended JSON with a hexadecimal _id and the id field', async () => {
      const session = await logInCore(send);
      const friend = { $oid: '63ed2e4fb7f367c92578e527' };
      await call(session.access_token, 'writeCustomUserData', { age: { $numberInt: '1' }, friend });
      expect((await refresh(session)).user_data).toEqual({
        _id: expect.stringMatching(/^[0-9a-f]{24}$/),
        userId: session.user_id,
        age: { $numberInt: '1' },
        friend,
      });
    });

    test('is the document that was inserted first', async () => {
      const session = await logInCore(send);
      const userId = session.user_id;
      const collection = `duplicates-${userId}`;
      const documents = await provideStore().openDocuments(collection);
      await documents.insertOne({ _id: new ObjectId('63ed2e4fb7f367c92578e5bb'), userId, n: 2 });
      await documents.insertOne({ _id: new ObjectId('63ed2e4fb7f367c92578e5aa'), userId, n: 1 });
      expect(await readWith(collection, session)).toMatchObject({ n: { $numberInt: '1' } });
    });

    test('is the document with the id as text before one with it as ObjectId', async () => {
      const session = await logInCore(send);
      const userId = session.user_id;
      const collection = `forms-${userId}`;
      const documents = await provideStore().openDocuments(collection);
      await documents.insertOne({ userId: new ObjectId(userId), form: 'ObjectId' });
      expect(await readWith(collection, session)).toMatchObject({ form: 'ObjectId' });
      await documents.insertOne({ userId, form: 'text' });
      expect(await readWith(collection, session)).toMatchObject({ form: 'text' });
    });

    async function readWith(collection: string, { refresh_token: token }: CoreSession) {
      const env = {
        ...provideStore().env,
        CUSTOM_DATA_COLLECTION: collection,
        PUBLIC_URL: gateway.url,
      };
      const other = await startGateway(env, { now: () => clock });
      try {
        const { json } = await createCoreClient(other.url)('POST', '/auth/session', { token });
        return decodeUnverifiedToken(json.access_token).user_data;
      } finally {
        await other.stop();
      }
    }
  });

  test('3 and 4: JSON is exactly application/json, nothing has no type, requests may be empty', async () => {
    const { access_token: access, refresh_token: token } = await logInCore(send);
    const answers = [
      await send('GET', '/app/myapp-abcde/location'),
      await send('GET', '/auth/profile', { token: access }),
      await send('POST', '/auth/session', { token }),
      await call(access, 'writeCustomUserData', {}),
      await call(access, 'noSuchFunction'),
      await send('GET', '/nowhere'),
    ];
    const types = new Set(answers.map(({ headers }) => headers['content-type']));
    expect([...types]).toEqual(['application/json']);
    const gone = await send('DELETE', '/auth/session', { token });
    expect(gone).toMatchObject({ status: 204, text: '' });
    expect(gone.headers['content-type']).toBeUndefined();
  });

  test('5: 401 InvalidSession for tokens, unauthorized at log-in, neither for anything else', async () => {
    const { access_token: token } = await logInCore(send);
    const expired = await (async () => {
      clock += 31 * 60_000;
      return call(token, 'writeCustomUserData', {});
    })();
    expect(expired).toMatchObject({ status: 401, json: { error_code: 'InvalidSession' } });
    expect(expired.json.error).toContain('invalid session');
    const refused = await send('POST', '/app/myapp-abcde/auth/providers/local-userpass/login', {
      body: { username: 'nobody@example.com', password: 'wrong password' },
    });
    expect(refused).toMatchObject({ status: 401, json: { error: 'unauthorized' } });
    const fresh = await logInCore(send);
    const others = [
      await call(fresh.access_token, 'writeCustomUserData', { _id: 'mine' }),
      await call(fresh.access_token, 'writeCustomUserData', 'text'),
      await call(fresh.access_token, 'noSuchFunction'),
      await send('POST', CALL, {
        token: fresh.access_token,
        body: { service: 'mongodb-atlas', name: 'find', arguments: [{ collection: 'other' }] },
      }),
    ];
    expect(others.map(({ status }) => status)).toEqual([403, 400, 404, 403]);
  });

  test('7: a device id of 24 digits, no slash after the host name, double slashes are one', async () => {
    expect((await logInCore(send)).device_id).toMatch(/^[0-9a-f]{24}$/);
    const { json } = await send('GET', '//app//myapp-abcde/location');
    expect(json.hostname).toBe(gateway.url);
  });

  test('8: an access token is no refresh token, and the reverse', async () => {
    const { access_token: access, refresh_token: refreshToken } = await logInCore(send);
    clock += 10_000;
    const answers = [
      await send('POST', '/auth/session', { token: access }),
      await send('DELETE', '/auth/session', { token: access }),
      await send('GET', '/auth/api_keys', { token: access }),
      await send('GET', '/auth/profile', { token: refreshToken }),
      await call(refreshToken, 'writeCustomUserData', {}),
    ];
    for (const { status, json } of answers) {
      expect({ status, code: json.error_code }).toEqual({ status: 401, code: 'InvalidSession' });
    }
  });

  test('9: headers of 64 KiB are read, and no write makes a token that is too large', async () => {
    const { access_token: token } = await logInCore(send);
    const padded = await fetch(`${gateway.url}/api/client/v2.0/auth/profile`, {
      headers: { authorization: `Bearer ${token}`, 'x-padding': 'x'.repeat(64 * 1024) },
    });
    expect(padded.status).toBe(200);
    const refused = await call(token, 'writeCustomUserData', { text: 'x'.repeat(9000) });
    expect(refused).toMatchObject({ status: 400, json: { error_code: 'BadRequest' } });
    expect(refused.json.error).toMatch(/size budget.*of 8000 bytes.*\/text/);
  });

  test('10: writeCustomUserData writes the own document only, and never its identity', async () => {
    const session = await logInCore(send);
    const { access_token: token, user_id: userId } = session;
    await call(token, 'writeCustomUserData', { n: { $numberInt: '1' } });
    const before = (await refresh(session)).user_data as Record<string, unknown>;
    for (const stolen of [{ userId: '63ed2dbe5960df2af7fd216e' }, { _id: 'other' }]) {
      expect((await call(token, 'writeCustomUserData', stolen)).status).toBe(403);
    }
    // Sent back unchanged they are no matter.
    expect((await call(token, 'writeCustomUserData', before)).status).toBe(200);
    expect((await refresh(session)).user_data).toEqual(before);
    const documents = await (await provideStore().openDocuments()).find({ userId });
    expect(documents).toHaveLength(1);
  });

  test('11: values come back from call, store and claim as they were', async () => {
    const session = await logInCore(send);
    const values = {
      unicode: 'Zoë 日本 🦄 \u0000 "\\',
      int32: { $numberInt: '-2147483648' },
      int64: { $numberLong: '9007199254740993' },
      double: { $numberDouble: '4.0' },
      negativeZero: { $numberDouble: '-0.0' },
      decimal: { $numberDecimal: '1.10' },
      date: { $date: { $numberLong: '-1' } },
      id: { $oid: '63ed2e4fb7f367c92578e527' },
      bytes: { $binary: { base64: 'AQI=', subType: '00' } },
      pattern: { $regularExpression: { pattern: '^a', options: 'i' } },
      nested: { list: [{ $numberLong: '1' }, null, true, { deep: { $oid: '0'.repeat(24) } }] },
    };
    const written = await call(session.access_token, 'writeCustomUserData', values);
    expect(written.status).toBe(200);
    expect((await refresh(session)).user_data).toMatchObject(values);
  });

  test('11: so does any document, whatever its types and names', async () => {
    const { access_token: token, refresh_token: refreshToken } = await logInCore(send);
    await fc.assert(
      fc.asyncProperty(canonicalDocument, async (document) => {
        const expected = formatExtendedJson(parseExtendedJson(document), 'canonical');
        fc.pre(provideStore().canHold(expected));
        await call(token, 'deleteCustomUserData');
        expect((await call(token, 'writeCustomUserData', document)).status).toBe(200);
        const { json } = await send('POST', '/auth/session', { token: refreshToken });
        const claims = decodeUnverifiedToken(json.access_token);
        const { _id, userId, ...fields } = claims.user_data as Record<string, unknown>;
        expect(fields).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  test('12: all gateways on a store check tokens alike', async () => {
    const pair = await startGatewayPair(provideStore().env);
    try {
      const [first, second] = pair.gateways.map(({ url }) => createCoreClient(url)) as [
        SendCore,
        SendCore,
      ];
      const session = await logInCore(first);
      const refreshed = await second('POST', '/auth/session', { token: session.refresh_token });
      expect(refreshed.status).toBe(201);
      for (const node of [first, second]) {
        const { access_token: token } = refreshed.json;
        expect((await node('GET', '/auth/profile', { token })).status).toBe(200);
      }
    } finally {
      await pair.stop();
    }
  });
});
