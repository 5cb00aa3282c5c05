import { describe, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLObjectType, parse } from 'graphql';
import { createContext, type GraphQLContext } from '../../../../src/graphql/context.ts';
import { createKnownOperations } from '../../../../src/http/kept-answers/known-operations.ts';
import type { UseCases } from '../../../../src/session/use-cases.ts';
import type { AccessClaims } from '../../../../src/token/claims.ts';

const QUERY = '{ me stored }';
const EXPIRY = 1_800_000_000;

function fieldsOf(schema: ReturnType<typeof buildSchema>) {
  return (schema.getType('Query') as GraphQLObjectType).getFields();
}

/** `me` reads claims, `stored` reads more, but only for the user "more". */
function createSchema() {
  const schema = buildSchema('type Query { me: String, stored: String }');
  const { me, stored } = fieldsOf(schema);
  if (me === undefined || stored === undefined) throw new Error('The schema lacks its fields');
  me.resolve = async (_root, _args, { requireCaller }: GraphQLContext) =>
    (await requireCaller()).userId;
  stored.resolve = async (_root, _args, context: GraphQLContext) => {
    const { userId } = await context.requireCaller();
    return userId === 'more' ? String(context.sessions) : 'nothing';
  };
  return schema;
}

function setUp(bytes = 1_000_000) {
  const parts = {
    budgetBytes: 8000,
    tokens: {
      verifyAccess: async (token: string) => {
        if (token === 'bad') throw new Error('refused');
        return { userId: token, expiresAt: EXPIRY } as AccessClaims;
      },
    },
    useCases: (): UseCases => {
      throw new Error('more than claims');
    },
  };
  const operations = createKnownOperations({
    bytes,
    openContext: (authorization) =>
      createContext(parts, { headers: {}, id: '', ip: '', method: '', facts: {} }, authorization),
  });
  const operation = {
    schema: createSchema(),
    document: parse(QUERY),
    operationName: null,
    variableValues: {},
  };
  const headers = ['content-type', 'application/json', 'content-length', '1'];
  return { operations, known: { operation, headers, name: 'Mine' } };
}

const ask = (token: string, body = QUERY) => ({
  headers: { authorization: `Bearer ${token}` },
  body,
});

describe('an operation that is known', () => {
  test('is answered for a token that was never seen, until that expires', async () => {
    const { known, operations } = setUp();
    operations.note(ask('ann'), known);
    const body = '{"data":{"me":"béa","stored":"nothing"}}\n';
    expect(await operations.answer(ask('béa'))).toStrictEqual({
      body: Buffer.from(body).toString('latin1'),
      headers: ['content-type', 'application/json', 'content-length', '42'],
      expiresAt: EXPIRY * 1000,
      facts: { userId: 'béa', operation: 'Mine' },
    });
  });

  test('takes the long way for a token that is refused, and where it asks for more', async () => {
    const { known, operations } = setUp();
    operations.note(ask('ann'), known);
    expect(await operations.answer(ask('bad'))).toBeNull();
    expect(await operations.answer(ask('more'))).toBeNull();
  });

  test('is not one of another body', () => {
    const { known, operations } = setUp();
    operations.note(ask('ann'), known);
    expect(operations.answer(ask('ann', '{ me }'))).toBeUndefined();
  });

  test('gives way to later ones when there is no room', async () => {
    const { known, operations } = setUp(100_000);
    for (let n = 0; n < 1000; n += 1) operations.note(ask('ann', `${QUERY} #${n}`), known);
    expect(operations.answer(ask('ann', `${QUERY} #0`))).toBeUndefined();
    const latest = await operations.answer(ask('ann', `${QUERY} #999`));
    expect(latest?.body).toBe('{"data":{"me":"ann","stored":"nothing"}}\n');
  });
});
