import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CustomDataOperation } from '../../../src/custom-data/operations.ts';
import { type GatewayPair, startGatewayPair } from '../../support/gateway-pair.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { OPERATION_CASES } from '../../support/operation.cases.ts';

const WRITERS = 50;

describeOnEveryStore('operations over GraphQL', (provideStore) => {
  let pair: GatewayPair;

  beforeAll(async () => {
    pair = await startGatewayPair(provideStore().env);
  });
  afterAll(() => pair.stop());

  const update = (token: string, ...operations: unknown[]) =>
    pair.send(OPERATIONS.update, { token, variables: { operations } });

  /** The document without its identity; `null` if there is none. */
  async function read(token: string) {
    const { data } = await pair.send(OPERATIONS.refreshCustomData, { token });
    const { _id, userId, ...rest } = data.refreshCustomData.customData ?? {};
    return data.refreshCustomData.customData === null ? null : rest;
  }

  async function logInWithDocument(document: object): Promise<string> {
    const { accessToken } = await logInAnonymously(pair.send);
    await pair.send(OPERATIONS.write, { token: accessToken, variables: { data: document } });
    return accessToken;
  }

  test.each(OPERATION_CASES)('$what', async ({ before, operation, after }) => {
    const token = await logInWithDocument(before);
    const answer = await update(token, operation);
    expect(answer).toMatchObject({
      status: 200,
      code: after === null ? 'BAD_USER_INPUT' : undefined,
    });
    expect(await read(token)).toEqual(after ?? before);
  });

  test('each operator sees what those before it did, and the answer is what is stored', async () => {
    const { accessToken, user } = await logInAnonymously(pair.send);
    const { data } = await update(
      accessToken,
      { set: { path: '/cart', value: { items: [] } } },
      { append: { path: '/cart/items', value: { sku: 'a', n: 1 } } },
      { increment: { path: '/cart/items/0/n', by: 2 } },
      { set: { path: '/cart/note', value: null } },
    );
    const written = data.updateCustomUserData;
    expect(written.customData).toEqual({
      _id: written.result.upsertedId,
      userId: user.id,
      cart: { items: [{ sku: 'a', n: 3 }], note: null },
    });
    const me = await pair.send(OPERATIONS.me, { token: written.accessToken });
    expect(me.data.me).toEqual(written.user);
  });

  test('BSON types go in and out of operators', async () => {
    const token = await logInWithDocument({ long: { $numberLong: '9007199254740993' } });
    const { data } = await update(
      token,
      { increment: { path: '/long', by: { $numberLong: '1' } } },
      { increment: { path: '/price', by: { $numberDecimal: '0.10' } } },
      { increment: { path: '/price', by: { $numberDecimal: '0.20' } } },
      { addToSet: { path: '/dates', value: { $date: '2026-01-31T09:30:00Z' } } },
    );
    expect(data.updateCustomUserData.canonical).toMatchObject({
      long: { $numberLong: '9007199254740994' },
      price: { $numberDecimal: '0.30' },
      dates: [{ $date: { $numberLong: '1769851800000' } }],
    });
  });

  describe('all or nothing', () => {
    const good: CustomDataOperation = { set: { path: '/a', value: 'changed' } };
    const refused: [what: string, operation: object, code: string, details: object][] = [
      [
        'a misfit',
        { increment: { path: '/b', by: 1 } },
        'BAD_USER_INPUT',
        { path: '/1/increment' },
      ],
      ['no pointer', { unset: { path: 'b' } }, 'BAD_USER_INPUT', { path: '/1/unset/path' }],
      ['the whole document', { unset: { path: '' } }, 'BAD_USER_INPUT', { path: '/1/unset/path' }],
      ['no value', { set: { path: '/b' } }, 'BAD_USER_INPUT', { path: '/1/set/value' }],
      [
        'a malformed wrapper',
        { append: { path: '/c', value: { $oid: 'nonsense' } } },
        'BAD_USER_INPUT',
        { path: '/1/append/value' },
      ],
      ['the _id', { set: { path: '/_id', value: 1 } }, 'FIELD_NOT_WRITABLE', { paths: ['/_id'] }],
      ['the user id', { unset: { path: '/userId' } }, 'FIELD_NOT_WRITABLE', { paths: ['/userId'] }],
      [
        'inside the user id',
        { set: { path: '/userId/x', value: 1 } },
        'FIELD_NOT_WRITABLE',
        { paths: ['/userId/x'] },
      ],
      [
        'a dollar sign in a path',
        { set: { path: '/x/$where', value: 1 } },
        'FIELD_NOT_WRITABLE',
        { paths: ['/x/$where'] },
      ],
      [
        'a dotted name in a value',
        { addToSet: { path: '/c', value: { 'a.b': 1 } } },
        'FIELD_NOT_WRITABLE',
        { paths: ['/c/a.b'] },
      ],
      [
        '__proto__ in a path',
        { set: { path: '/__proto__/polluted', value: true } },
        'FIELD_NOT_WRITABLE',
        { paths: ['/__proto__/polluted'] },
      ],
      [
        'too much',
        { set: { path: '/b', value: 'é'.repeat(5000) } },
        'CUSTOM_DATA_TOO_LARGE',
        { budget: 8000 },
      ],
    ];

    test.each(refused)('%s', async (_what, operation, code, details) => {
      const before = { a: 'first', b: 'text', c: [1] };
      const token = await logInWithDocument(before);
      const answer = await update(token, good, operation);
      expect(answer).toMatchObject({ status: 200, code, data: null });
      expect(answer.errors?.[0]?.extensions).toMatchObject(details);
      expect(await read(token)).toEqual(before);
    });

    test.each([
      ['no operator', {}],
      ['two operators', { unset: { path: '/a' }, set: { path: '/a', value: 1 } }],
      ['an operator that is null', { set: null }],
      ['an operator that does not exist', { rename: { path: '/a', to: '/b' } }],
    ])('%s does not fit the schema', async (_what, operation) => {
      const token = await logInWithDocument({ a: 'first' });
      const answer = await update(token, good, operation);
      expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', data: undefined });
      expect(await read(token)).toEqual({ a: 'first' });
    });

    test('more than 100 operators', async () => {
      const token = await logInWithDocument({ a: 'first' });
      const answer = await update(token, ...Array.from({ length: 101 }, () => good));
      expect(answer).toMatchObject({ status: 200, code: 'BAD_USER_INPUT', data: null });
      expect(await read(token)).toEqual({ a: 'first' });
    });

    test('without a document none is made', async () => {
      const { accessToken } = await logInAnonymously(pair.send);
      const answer = await update(accessToken, good, { unset: { path: '/_id' } });
      expect(answer.code).toBe('FIELD_NOT_WRITABLE');
      expect(await read(accessToken)).toBeNull();
    });
  });

  test(`${WRITERS} parallel visits through two gateways are ${WRITERS}`, async () => {
    const { accessToken } = await logInAnonymously(pair.send);
    const answers = await Promise.all(
      Array.from({ length: WRITERS }, () =>
        update(accessToken, { increment: { path: '/visits', by: 1 } }),
      ),
    );
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => undefined));
    expect(await read(accessToken)).toEqual({ visits: WRITERS });
  }, 20_000);

  test('two devices that each add items through a gateway of their own lose none', async () => {
    const session = await logInAnonymously(pair.send);
    const other = await pair.send(OPERATIONS.refreshSession, {
      variables: { refreshToken: session.refreshToken },
    });
    const tokens = [session.accessToken, other.data.refreshSession.accessToken];
    const items = Array.from({ length: 20 }, (_, index) => ({ n: index }));
    await Promise.all(
      items.map((item, index) =>
        update(
          tokens[index % 2],
          { append: { path: '/items', value: item } },
          { addToSet: { path: '/devices', value: index % 2 } },
        ),
      ),
    );
    const document = await read(session.accessToken);
    expect(document.items).toHaveLength(items.length);
    expect(document.items).toEqual(expect.arrayContaining(items));
    expect([...document.devices].sort()).toEqual([0, 1]);
  }, 20_000);
});
