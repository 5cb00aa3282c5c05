import { describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  parse,
} from 'graphql';
import { createContext } from '../../../src/graphql/context.ts';
import { wrapResolvers } from '../../../src/graphql/wrap-resolvers.ts';

const typeDefs = `
  type Query { count: Int! }
  type Mutation { add(by: Int!): Int!, refuse: Int }
`;

function setUp() {
  let count = 0;
  const translate = (error: unknown) =>
    new GraphQLError(`translated: ${error instanceof Error ? error.message : ''}`);
  const resolvers = {
    Query: { count: () => count },
    Mutation: {
      add: (_root: unknown, { by }: { by: number }) => {
        count += by;
        return count;
      },
      refuse: () => {
        count += 100;
        throw new Error('refused');
      },
    },
  };
  const schema = buildSchema(typeDefs);
  for (const [type, fields] of Object.entries(wrapResolvers(resolvers, translate))) {
    for (const [name, resolve] of Object.entries(fields)) {
      const field = (schema.getType(type) as GraphQLObjectType).getFields()[name];
      if (field !== undefined) field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
    }
  }
  const newContext = () =>
    createContext({ budgetBytes: 0 } as Parameters<typeof createContext>[0], {
      headers: {},
      id: '',
      ip: '',
      method: '',
    });
  const run = async (query: string, contextValue = newContext()) => {
    const { data, errors } = await execute({ schema, document: parse(query), contextValue });
    return { data: { ...data }, errors: errors?.map(({ message }) => message) };
  };
  return { newContext, run };
}

describe('a field of a mutation', () => {
  test('runs once for its request, however often that is executed', async () => {
    const { newContext, run } = setUp();
    const context = newContext();
    const CHANGE = 'mutation { one: add(by: 1) two: add(by: 2) refuse }';
    const first = await run(CHANGE, context);
    expect(first).toEqual({
      data: { one: 1, two: 3, refuse: null },
      errors: ['translated: refused'],
    });
    expect(await run(CHANGE, context)).toEqual(first);
    expect((await run('{ count }')).data).toEqual({ count: 103 });
  });

  test('runs for every request', async () => {
    const { run } = setUp();
    expect((await run('mutation { add(by: 1) }')).data).toEqual({ add: 1 });
    expect((await run('mutation { add(by: 1) }')).data).toEqual({ add: 2 });
  });
});
