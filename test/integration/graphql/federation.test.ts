/** `FEDERATION=true`: what a router asks the gateway as a subgraph. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { printFederatedApi } from '../../../src/graphql/print-api.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { headersOf } from '../../support/keeping-pair.ts';
import { postRaw } from '../../support/raw-request.ts';

/** As `@apollo/gateway` asks. */
const ENTITIES = `query B__account__1($representations:[_Any!]!){
  _entities(representations:$representations){...on User{id customData customDataRevision}}}`;
const OTHER_ID = '0123456789abcdef01234567';

describeOnEveryStore('a subgraph', (provideStore) => {
  let clock = Date.now();
  let gateway: TestGateway;
  let send: SendOperation;
  beforeAll(async () => {
    const env = { ...provideStore().env, FEDERATION: 'true' };
    gateway = await startGateway(env, { now: () => clock });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  /** A user with a document, and how they are referred to. */
  async function makeUser() {
    const { accessToken } = await logInAnonymously(send);
    const { data } = await send(OPERATIONS.write, {
      token: accessToken,
      variables: { data: { color: 'blue' } },
    });
    const { accessToken: token, user } = data.writeCustomUserData;
    return { token, user, reference: { __typename: 'User', id: user.id } };
  }
  const ask = (token: string | undefined, representations: unknown) =>
    send(ENTITIES, { variables: { representations }, ...(token === undefined ? {} : { token }) });

  test('answers a reference to the caller as "me", without the store', async () => {
    const { reference, token, user } = await makeUser();
    gateway.takeStoreOperations();
    const { data, errors } = await ask(token, [reference]);
    expect(errors).toBeUndefined();
    const { id, customData, customDataRevision } = user;
    expect(data).toEqual({ _entities: [{ id, customData, customDataRevision }] });
    expect(gateway.takeStoreOperations()).toEqual([]);
  });

  test('answers references to anybody and anything else with null in their places, without the store', async () => {
    const { reference, token } = await makeUser();
    const other = await makeUser();
    gateway.takeStoreOperations();
    const { data, errors } = await ask(token, [
      other.reference,
      { __typename: 'User', id: OTHER_ID },
      reference,
      { __typename: 'Nothing', id: reference.id },
      { __typename: '_Service', id: reference.id },
      { __typename: 'User' },
      { __typename: 'User', id: null },
      { __typename: 'User', id: [reference.id] },
      { id: reference.id },
      reference.id,
      7,
    ]);
    expect(errors).toBeUndefined();
    expect(data._entities.map((entity: { id: string } | null) => entity?.id ?? null)).toEqual([
      ...[null, null, reference.id],
      ...Array(8).fill(null),
    ]);
    expect(gateway.takeStoreOperations()).toEqual([]);
  });

  test('refuses a null in the place of a reference as the type does, and tells nothing by it', async () => {
    const { reference, token } = await makeUser();
    const { code, data } = await ask(token, [reference, null]);
    expect([code, data]).toEqual(['BAD_USER_INPUT', undefined]);
  });

  test('takes references as literals, too', async () => {
    const { token, user } = await makeUser();
    const { data } = await send(
      `{ _entities(representations: [{__typename: "User", id: "${user.id}"}, {id: 5}, 7]) { __typename ... on User { id } } }`,
      { token },
    );
    expect(data).toEqual({ _entities: [{ __typename: 'User', id: user.id }, null, null] });
  });

  test('refuses more than 1000 references', async () => {
    const { token } = await makeUser();
    const other = { __typename: 'User', id: OTHER_ID };
    expect((await ask(token, Array(1000).fill(other))).data._entities).toHaveLength(1000);
    const { code, errors } = await ask(token, Array(1001).fill(other));
    expect([code, errors?.[0]?.extensions.path]).toEqual(['BAD_USER_INPUT', '/representations']);
  });

  test('answers nobody whose token is absent or not valid, whomever they refer to', async () => {
    const { reference, token } = await makeUser();
    const refused: [string | undefined, string][] = [
      [undefined, 'TOKEN_MISSING'],
      ['x', 'TOKEN_MALFORMED'],
      [`${token.slice(0, -6)}AAAAAA`, 'TOKEN_INVALID'],
    ];
    for (const [bad, reason] of refused) {
      for (const references of [[reference], [{ __typename: 'User', id: OTHER_ID }], []]) {
        const { data, errors, status } = await ask(bad, references);
        expect({ data, status, ...errors?.[0]?.extensions }).toEqual({
          ...{ data: null, status: 401 },
          ...{ code: 'UNAUTHENTICATED', reason },
        });
      }
    }
  });

  test('answers nobody whose token has expired, although it has answered them before', async () => {
    const { reference, token } = await makeUser();
    for (let n = 0; n < 3; n += 1) {
      expect((await ask(token, [reference])).data._entities[0].id).toBe(reference.id);
    }
    const now = clock;
    try {
      clock += 31 * 60_000;
      const { data, errors } = await ask(token, [reference]);
      expect(data).toBeNull();
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'TOKEN_EXPIRED',
      });
    } finally {
      clock = now;
    }
  });

  test('reads the store for the fields that say so, of the caller only', async () => {
    const { reference, token, user } = await makeUser();
    const query = `query ($to: [_Any!]!) {
      _entities(representations: $to) { ... on User { storedCustomData } } }`;
    const { data } = await send(query, {
      token,
      variables: { to: [reference, { ...reference, id: OTHER_ID }] },
    });
    expect(data._entities).toEqual([{ storedCustomData: user.customData }, null]);
  });

  test('makes a trace of an answer for a router that asks for one, anew each time', async () => {
    const { reference, token } = await makeUser();
    const body = JSON.stringify({
      query: ENTITIES,
      variables: { representations: [reference] },
      operationName: 'B__account__1',
    });
    const headers = headersOf(token, { host: new URL(gateway.url).host });
    const asking = { ...headers, 'apollo-federation-include-trace': 'ftv1' };
    const traces = new Set<string>();
    for (let n = 0; n < 3; n += 1) {
      const { ftv1 } = JSON.parse((await postRaw(gateway.url, asking, body)).body).extensions;
      expect(Buffer.from(ftv1, 'base64').includes('_entities')).toBe(true);
      traces.add(ftv1);
    }
    expect(traces.size).toBe(3);
    const plain = JSON.parse((await postRaw(gateway.url, headers, body)).body);
    expect(plain).not.toHaveProperty('extensions');
  });
});

const SCHEMA = { type: 'object', properties: { nickname: { type: 'string' } } };

describe('a gateway on the embedded store', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    await writeFile(join(directory.path, 'schema.json'), JSON.stringify(SCHEMA));
  });
  afterAll(() => directory.remove());

  async function withGateway(
    env: Readonly<Record<string, string>>,
    run: (send: SendOperation) => Promise<void>,
  ): Promise<void> {
    const gateway = await startGateway({ DATA_DIR: join(directory.path, 'data'), ...env });
    try {
      await run(createGraphQLClient(gateway.url));
    } finally {
      await gateway.stop();
    }
  }

  test('that is no subgraph has none of it', () =>
    withGateway({}, async (send) => {
      for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { id } }']) {
        expect((await send(query)).code).toBe('GRAPHQL_VALIDATION_FAILED');
      }
    }));

  test.each(['true', 'false'])(
    'with INTROSPECTION=%s says what it adds to the graph, whoever asks',
    (INTROSPECTION) =>
      withGateway({ FEDERATION: 'true', INTROSPECTION }, async (send) => {
        const { data } = await send('{ _service { sdl } }');
        expect(data._service.sdl).toBe(printFederatedApi(null));
        const { code } = await send('{ __schema { queryType { name } } }');
        expect(code).toBe(INTROSPECTION === 'true' ? undefined : 'GRAPHQL_VALIDATION_FAILED');
      }),
  );

  test('with a schema of the documents adds its types and resolves them', () =>
    withGateway(
      { FEDERATION: 'true', CUSTOM_DATA_SCHEMA_FILE: join(directory.path, 'schema.json') },
      async (send) => {
        const { data } = await send('{ _service { sdl } }');
        expect(data._service.sdl).toContain('customUserData: CustomUserData');
        const { accessToken } = await logInAnonymously(send);
        const written = await send(
          `mutation { writeTypedCustomUserData(newCustomUserData: { nickname: "Ada" }) {
            accessToken user { id } } }`,
          { token: accessToken },
        );
        const { accessToken: token, user } = written.data.writeTypedCustomUserData;
        const entities = await send(
          `query ($to: [_Any!]!) {
            _entities(representations: $to) { ... on User { customUserData { nickname } } } }`,
          { token, variables: { to: [{ __typename: 'User', id: user.id }] } },
        );
        expect(entities.data).toEqual({ _entities: [{ customUserData: { nickname: 'Ada' } }] });
      },
    ));
});
