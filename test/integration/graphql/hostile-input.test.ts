import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { appendPointer } from '../../../src/values/json.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { naughtyStrings } from '../../support/naughty-strings.ts';

/** Some tests send several hundred requests, one after the other. */
jest.setTimeout(60_000);

/** Few enough fields to stay within the budget, whatever the strings. */
const BATCH = 20;
const FORBIDDEN_NAMES = ['__proto__', 'constructor', 'prototype'];
const HOSTILE_NAMES = [...FORBIDDEN_NAMES, '$where', '$set', 'a.b', '.', '$'];
const HARMLESS_NAMES = ['', ' ', 'toString', 'hasOwnProperty', '__defineGetter__', 'a$b', '0', '-'];

function isForbidden(name: string): boolean {
  return name.startsWith('$') || name.includes('.') || FORBIDDEN_NAMES.includes(name);
}

/** An object with own properties, whatever their names. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

function batchesOf<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / BATCH);
  return Array.from({ length: count }, (_, n) => items.slice(n * BATCH, (n + 1) * BATCH));
}

const names = [...new Set([...naughtyStrings, ...HOSTILE_NAMES, ...HARMLESS_NAMES])];
const harmless = names.filter((name) => !isForbidden(name));
const forbidden = names.filter(isForbidden);

describeOnEveryStore('hostile input over GraphQL', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;
  let token: string;
  let revision: string;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
    send = createGraphQLClient(gateway.url);
    token = (await logInAnonymously(send)).accessToken;
    const { data } = await write({ safe: 'and sound' });
    revision = data.writeCustomUserData.user.customDataRevision;
  });
  afterAll(() => gateway.stop());

  const write = (data: unknown, mode = 'REPLACE') =>
    send(OPERATIONS.write, { token, variables: { data, mode } });

  /** Writes as another user and answers with what `me` shows then. */
  async function roundTrip(data: unknown): Promise<Record<string, unknown>> {
    const session = await logInAnonymously(send);
    const variables = { data, mode: 'REPLACE' };
    const written = await send(OPERATIONS.write, { token: session.accessToken, variables });
    expect(written.code).toBeUndefined();
    const { accessToken } = written.data.writeCustomUserData;
    const me = await send(OPERATIONS.me, { token: accessToken });
    const { _id, userId, ...rest } = me.data.me.customData;
    return rest;
  }

  test('naughty strings as values come back as they were', async () => {
    for (const batch of batchesOf(naughtyStrings)) {
      expect(await roundTrip({ values: batch })).toEqual({ values: batch });
    }
  });

  test('naughty strings as names come back as they were, at the top and below', async () => {
    expect(harmless.length).toBeGreaterThan(400);
    for (const batch of batchesOf(harmless)) {
      const fields = fromEntries(batch.map((name) => [name, 1]));
      expect(await roundTrip(fields)).toEqual(fields);
      const nested = { inner: fields, list: [fields] };
      expect(await roundTrip(nested)).toEqual(nested);
    }
  });

  test('naughty strings in the paths of operators name the same fields', async () => {
    for (const batch of batchesOf(harmless)) {
      const { accessToken } = await logInAnonymously(send);
      const operations = batch.flatMap((name) => [
        { set: { path: appendPointer('/inner', name), value: name } },
        { set: { path: appendPointer('', name), value: 1 } },
      ]);
      const written = await send(OPERATIONS.update, {
        token: accessToken,
        variables: { operations },
      });
      expect(written.code).toBeUndefined();
      const { _id, userId, ...rest } = written.data.updateCustomUserData.customData;
      expect(rest).toEqual({
        inner: fromEntries(batch.map((name) => [name, name])),
        ...fromEntries(batch.map((name) => [name, 1])),
      });
    }
  });

  describe('a forbidden name is refused with its path, and nothing is written', () => {
    async function expectUnchanged() {
      const { data } = await send(OPERATIONS.refreshCustomData, { token });
      expect(data.refreshCustomData.user.customDataRevision).toBe(revision);
      expect(data.refreshCustomData.customData).toMatchObject({ safe: 'and sound' });
    }

    test.each(['MERGE', 'REPLACE', 'DEEP_MERGE'])('%s', async (mode) => {
      expect(forbidden.length).toBeGreaterThan(HOSTILE_NAMES.length);
      for (const name of forbidden) {
        const pointer = appendPointer('', name);
        for (const [data, path] of [
          [fromEntries([[name, 1]]), pointer],
          [{ a: [{ b: fromEntries([[name, null]]) }] }, `/a/0/b${pointer}`],
        ] as const) {
          const answer = await write(data, mode);
          expect(answer).toMatchObject({ data: null });
          // A wrapper that is no wrapper, such as {"$oid": 1}, would be BAD_USER_INPUT.
          expect([name, answer.code]).toEqual([name, 'FIELD_NOT_WRITABLE']);
          expect(answer.errors?.[0]?.extensions.paths).toEqual([path]);
        }
      }
      await expectUnchanged();
    });

    test('updateCustomUserData', async () => {
      for (const name of forbidden) {
        const path = appendPointer('', name);
        for (const operation of [
          { set: { path, value: 1 } },
          { unset: { path: `/a${path}` } },
          { increment: { path: `${path}/x`, by: 1 } },
          { append: { path: '/list', value: fromEntries([[name, 1]]) } },
        ]) {
          const variables = { operations: [operation] };
          const answer = await send(OPERATIONS.update, { token, variables });
          expect([name, answer.code]).toEqual([name, 'FIELD_NOT_WRITABLE']);
        }
      }
      await expectUnchanged();
    });

    test('no prototype was changed on the way', () => {
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    });
  });

  describe('a very long name', () => {
    test('is a name like any other while the token can carry it', async () => {
      const fields = { ['k'.repeat(5000)]: 1 };
      expect(await roundTrip(fields)).toEqual(fields);
    });

    test.each([
      ['in a document', (name: string) => write({ [name]: 1 })],
      [
        'in a path',
        (name: string) =>
          send(OPERATIONS.update, {
            token,
            variables: { operations: [{ set: { path: `/${name}`, value: 1 } }] },
          }),
      ],
    ])('%s that the token cannot carry is CUSTOM_DATA_TOO_LARGE', async (_where, attempt) => {
      const answer = await attempt('é'.repeat(20_000));
      expect(answer).toMatchObject({ status: 200, code: 'CUSTOM_DATA_TOO_LARGE', data: null });
    });
  });

  test.each([
    ['a null character', 'a\0b'],
    ['a lone surrogate', 'a\ud83d'],
  ])('a name with %s is BAD_USER_INPUT', async (_what, name) => {
    expect((await write({ [name]: 1 })).code).toBe('BAD_USER_INPUT');
    const operations = [{ set: { path: `/${name}`, value: 1 } }];
    const answer = await send(OPERATIONS.update, { token, variables: { operations } });
    expect(answer.code).toBe('BAD_USER_INPUT');
  });
});
