import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildASTSchema, concatAST, execute, type GraphQLObjectType, parse } from 'graphql';
import { planClaims } from '../../../src/graphql/claims-plan.ts';
import { CLAIM_FIELDS } from '../../../src/graphql/me.ts';
import { createResolvers } from '../../../src/graphql/resolvers.ts';
import { loadTypeDefs } from '../../../src/graphql/schema.ts';
import type { AccessClaims } from '../../../src/token/claims.ts';
import { canonicalDocument } from '../../support/json-arbitraries.ts';

/** The gateway's schema with its own resolvers. */
function createSchema() {
  const schema = buildASTSchema(concatAST(loadTypeDefs()));
  const { JSON: json, DateTime: dateTime, Query, User } = createResolvers(null);
  Object.assign(schema.getType('JSON') as object, json);
  Object.assign(schema.getType('DateTime') as object, dateTime);
  for (const [type, resolvers] of Object.entries({ Query, User })) {
    const fields = (schema.getType(type) as GraphQLObjectType).getFields();
    for (const [name, resolve] of Object.entries(resolvers ?? {})) {
      Object.assign(fields[name] as object, { resolve });
    }
  }
  return schema;
}

const schema = createSchema();
const BUDGET = { budgetBytes: 8192 };

function plan(text: string, operationName: string | null = null) {
  return planClaims({ schema, document: parse(text), operationName, isQuery: true });
}

function claimsOf(customData: Partial<AccessClaims['customData']>): AccessClaims {
  return {
    ...{ userId: '65f0c0ffee65f0c0ffee1234', sessionId: 's', tokenId: 't' },
    ...{ issuedAt: 1_700_000_000, expiresAt: 1_700_001_800 },
    customData: { readAt: 1_700_000_000_123, ...customData },
  };
}

const argsOf = (name: string) =>
  name === 'customData' ? ['', '(format: CANONICAL)', '(format: PLAIN)', '(format: null)'] : [''];

const field = fc
  .tuple(
    fc.constantFrom('', 'a: ', 'b: ', 'id: '),
    fc
      .constantFrom(...CLAIM_FIELDS, '__typename')
      .chain((name) => fc.constantFrom(...argsOf(name).map((args) => name + args))),
  )
  .map(([alias, name]) => alias + name);

const keyOf = (text: string) => /^\w+/.exec(text)?.[0];

describe('the plan of an operation that asks for claims', () => {
  test('answers what graphql-js answers, member for member', async () => {
    const claims = fc.option(
      fc.record({ data: canonicalDocument, revision: fc.constant('r1') }, { requiredKeys: [] }),
    );
    const fields = fc.uniqueArray(field, { minLength: 1, selector: keyOf });
    await fc.assert(
      fc.asyncProperty(
        fields,
        claims,
        fc.constantFrom('me', 'who: me'),
        async (texts, data, root) => {
          const text = `query Q { ${root} { ${texts.join(' ')} } }`;
          const caller = data === null ? null : claimsOf(data);
          const contextValue = { caller, ...BUDGET };
          const expected = await execute({ schema, document: parse(text), contextValue });
          expect(expected.errors).toBeUndefined();
          const answered = plan(text)?.(caller, BUDGET);
          // The order of members, too.
          expect(JSON.stringify(answered)).toBe(JSON.stringify(expected.data));
        },
      ),
    );
  });

  test('is that of the operation that is named', () => {
    const both = 'query A { me { id } } query B { me { customDataRevision } }';
    expect(plan(both, 'B')?.(claimsOf({ revision: 'r1' }), BUDGET)).toEqual({
      me: { customDataRevision: 'r1' },
    });
    expect(plan(both)).toBeNull();
  });

  test('fails where the answer would have an error', () => {
    const read = plan('{ me { id customData } }');
    expect(() => read?.(claimsOf({ omittedBytes: 9000 }), BUDGET)).toThrow(
      expect.objectContaining({ code: 'CUSTOM_DATA_TOO_LARGE' }),
    );
  });

  test.each([
    ['a variable', 'query ($f: EJSONFormat) { me { customData(format: $f) } }'],
    ['a directive', '{ me { id @include(if: true) } }'],
    ['a directive of the field', '{ me @skip(if: false) { id } }'],
    ['a directive of the operation', 'query @a { me { id } }'],
    ['a fragment', '{ me { ...f } } fragment f on User { id }'],
    ['a fragment in place', '{ me { ... { id } } }'],
    ['one key twice', '{ me { id id } }'],
    ['the root twice', '{ me { id } me { customData } }'],
    ['what is stored', '{ me { id storedCustomData } }'],
    ['what is stored, by an alias', '{ me { id: storedCustomDataRevision } }'],
    ['the history', '{ me { customDataHistory { totalCount } } }'],
    ['another field', '{ me { id } apiKeys { id } }'],
    ['the name of the root type', '{ __typename me { id } }'],
    ['the schema', '{ __schema { queryType { name } } }'],
    ['a name that is none of a plain object', '{ me { __proto__: id } }'],
    ['such a name of the root', '{ __proto__: me { id } }'],
    ['a change', 'mutation { refreshCustomData { accessToken } }'],
    ['word of changes', 'subscription { customDataChanged { accessToken } }'],
  ])('is none with %s', (_what, text) => {
    expect(plan(text)).toBeNull();
  });
});
