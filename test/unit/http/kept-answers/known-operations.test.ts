import { describe, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLObjectType, parse } from 'graphql';
import { createContext, type GraphQLContext } from '../../../../src/graphql/context.ts';
import {
  answerOperation,
  createKnownOperations,
} from '../../../../src/http/kept-answers/known-operations.ts';
import type { Question } from '../../../../src/http/kept-answers/question.ts';
import type { UseCases } from '../../../../src/session/use-cases.ts';
import type { AccessClaims } from '../../../../src/token/claims.ts';

const QUERY = 'query ($text: String) { me stored echo(text: $text) }';
const EXPIRY = 1_800_000_000;

function fieldsOf(schema: ReturnType<typeof buildSchema>) {
  return (schema.getType('Query') as GraphQLObjectType).getFields();
}

/** `me` reads claims, `stored` reads more, but only for the user "more". */
function createSchema() {
  const schema = buildSchema(
    'type Query { me: String, stored: String, echo(text: String): String }',
  );
  const { echo, me, stored } = fieldsOf(schema);
  if (echo === undefined || me === undefined || stored === undefined)
    throw new Error('The schema lacks its fields');
  echo.resolve = (_root, { text }) => text;
  me.resolve = async (_root, _args, { requireCaller }: GraphQLContext) =>
    (await requireCaller()).userId;
  stored.resolve = async (_root, _args, context: GraphQLContext) => {
    const { userId } = await context.requireCaller();
    return userId === 'more' ? String(context.sessions) : 'nothing';
  };
  return schema;
}

const PARTS = {
  budgetBytes: 8000,
  tokens: {
    verifyAccess: async (token: string) => {
      if (token === 'bad') throw new Error('refused');
      return { userId: token, expiresAt: EXPIRY } as AccessClaims;
    },
  },
  useCases: () => ({ sessions: 'sessions' }) as unknown as UseCases,
};

function setUp(bytes = 1_000_000) {
  const operations = createKnownOperations(bytes);
  const operation = {
    schema: createSchema(),
    document: parse(QUERY),
    operationName: null,
    isQuery: true,
  };
  const headers = ['content-type', 'application/json', 'content-length', '1'];
  const known = { operation, headers, name: 'Mine' };
  operations.note(ask('ann'), known);
  const answer = async (question: Question) => {
    const asked = operations.find(question);
    const { authorization } = question.headers;
    const request = { headers: { authorization }, id: '', ip: '', method: '', facts: {} };
    return asked && answerOperation(asked, createContext(PARTS, request));
  };
  return { operations, known, answer };
}

const ask = (token: string, request: unknown = { query: QUERY }): Question => ({
  headers: { authorization: `Bearer ${token}` },
  body: Buffer.from(typeof request === 'string' ? request : JSON.stringify(request)).toString(
    'latin1',
  ),
});

describe('an operation that is known', () => {
  test('is answered for a token that was never seen, until that expires', async () => {
    const { answer } = setUp();
    const body = '{"data":{"me":"béa","stored":"nothing","echo":null}}\n';
    expect(await answer(ask('béa'))).toStrictEqual({
      body: Buffer.from(body).toString('latin1'),
      headers: ['content-type', 'application/json', 'content-length', '54'],
      expiresAt: EXPIRY * 1000,
      facts: { userId: 'béa', operation: 'Mine' },
    });
  });

  test('is answered with the variables of the question', async () => {
    const { answer } = setUp();
    for (const text of ['one', 'zwö', '2']) {
      const answered = await answer(ask('ann', { query: QUERY, variables: { text } }));
      const { data } = JSON.parse(Buffer.from(answered?.body ?? '', 'latin1').toString());
      expect(data.echo).toBe(text);
    }
  });

  test('is not answered a second time from what was answered of more than claims', async () => {
    const { answer } = setUp();
    expect(await answer(ask('more'))).toMatchObject({ expiresAt: null });
  });

  test('takes the long way where there is an error, as with a token that is refused', async () => {
    const { answer } = setUp();
    expect(await answer(ask('bad'))).toBeNull();
    expect(await answer(ask('ann', { query: QUERY, variables: { text: 1 } }))).toBeNull();
  });

  test.each([
    ['another text', { query: '{ me }' }],
    ['another name', { query: QUERY, operationName: 'Q' }],
    ['an empty name', { query: QUERY, operationName: '' }],
    ['no text', { operationName: 'Q' }],
    ['a persisted query', { query: QUERY, extensions: { persistedQuery: { version: 1 } } }],
    ['extensions that are none', { query: QUERY, extensions: 'x' }],
    ['variables that are none', { query: QUERY, variables: ['x'] }],
    ['a list of requests', [{ query: QUERY }]],
    ['a text that is not JSON', `{"query": ${QUERY}`],
  ])('is not one of %s', (_what, request) => {
    expect(setUp().operations.find(ask('ann', request))).toBeUndefined();
  });

  test.each([
    { variables: null, operationName: null, extensions: null },
    { variables: {}, extensions: { clientLibrary: { name: 'a client', version: '1' } } },
  ])('may be asked for with %j', (more) => {
    const { known, operations } = setUp();
    expect(operations.find(ask('ann', { query: QUERY, ...more }))).toMatchObject(known);
  });

  test('has a name that is not confused with its text', () => {
    const { known, operations } = setUp();
    operations.note(ask('ann', { operationName: 'A', query: 'B\nC' }), known);
    expect(operations.find(ask('ann', { operationName: 'A', query: 'B\nC' }))).toMatchObject(known);
    expect(operations.find(ask('ann', { operationName: 'A\nB', query: 'C' }))).toBeUndefined();
    expect(operations.find(ask('ann', { query: 'A\nB\nC' }))).toBeUndefined();
  });

  test('gives way to later ones when there is no room', () => {
    const { known, operations } = setUp(100_000);
    const numbered = (n: number) => ask('ann', { query: `${QUERY} #${n}` });
    for (let n = 0; n < 1000; n += 1) operations.note(numbered(n), known);
    expect(operations.find(numbered(0))).toBeUndefined();
    expect(operations.find(numbered(999))).toMatchObject(known);
  });
});
