/** The gateway as a subgraph: whom references lead to, and that the SDL composes. */
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { describe, expect, test } from '@jest/globals';
import { composeServices as composeForHive } from '@theguild/federation-composition';
import fc from 'fast-check';
import {
  type GraphQLNamedType,
  GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLUnionType,
  isInputObjectType,
  parse,
  printType,
} from 'graphql';
import { buildApi, printFederatedApi } from '../../../src/graphql/print-api.ts';
import { resolveReferences } from '../../../src/graphql/subgraph.ts';
import type { AccessClaims } from '../../../src/token/claims.ts';
import { objectSchema, PROFILE_SCHEMA } from '../../support/schema.ts';

const USER_ID = '0123456789abcdef01234567';
const OTHER_ID = '0123456789abcdef01234568';
const caller = { userId: USER_ID } as AccessClaims;
const own = { __typename: 'User', id: USER_ID };

describe('a reference', () => {
  test('to the caller is the caller, in its place, whatever else it names', () => {
    const others = { ...own, id: OTHER_ID };
    expect(resolveReferences([others, own, others, { ...own, email: 'x' }], caller)).toEqual([
      null,
      caller,
      null,
      caller,
    ]);
  });

  test.each<[string, unknown]>([
    ['to another user', { ...own, id: OTHER_ID }],
    ['in other letters', { ...own, id: USER_ID.toUpperCase() }],
    ['with space around the id', { ...own, id: ` ${USER_ID}` }],
    ['whose id is a list', { ...own, id: [USER_ID] }],
    ['whose id is an object', { ...own, id: { $eq: USER_ID } }],
    ['whose id is a number', { ...own, id: 5 }],
    ['whose id is null', { ...own, id: null }],
    ['without an id', { __typename: 'User' }],
    ['without a type', { id: USER_ID }],
    ['of another type', { __typename: 'Session', id: USER_ID }],
    ['of no type of the graph', { __typename: '__proto__', id: USER_ID }],
    ['whose fields are inherited', JSON.parse(`{"__proto__":${JSON.stringify(own)}}`)],
    ['that is null', null],
    ['that is the id alone', USER_ID],
    ['that is a list', [own]],
  ])('%s is null', (_name, reference) => {
    expect(resolveReferences([reference], caller)).toEqual([null]);
  });

  test('leads nowhere unless its type and id are exactly those of the caller', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.jsonValue(), fc.constant(own))), (references) => {
        expect(resolveReferences(references, caller)).toEqual(
          references.map((reference) => (reference === own ? caller : null)),
        );
      }),
    );
  });

  test('is one of 1000 at most, of which 100 are to the caller', () => {
    const other = { ...own, id: OTHER_ID };
    const most = [...Array(100).fill(own), ...Array(900).fill(other)];
    expect(resolveReferences(most, caller)).toHaveLength(1000);
    for (const tooMany of [[...most, other], Array(101).fill(own)]) {
      expect(() => resolveReferences(tooMany, caller)).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT', details: { path: '/representations' } }),
      );
    }
  });
});

const ORDERS = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.4", import: ["@key", "@shareable"])
  type Query { topOrders: [Order!]! }
  type User @key(fields: "id") { id: ID! orders: [Order!]! }
  type Order { id: ID! total: Int at: DateTime page: PageInfo details: JSON }
  type PageInfo @shareable {
    hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
  }
  scalar DateTime
  scalar JSON
`;

/** Every graph that the gateway may be a part of. */
const GRAPHS: readonly (readonly [string, string])[] = [
  ['as it is', printFederatedApi(null)],
  [
    'with a schema of the documents',
    printFederatedApi(objectSchema(PROFILE_SCHEMA.properties, { $defs: PROFILE_SCHEMA.$defs })),
  ],
];

describe.each(GRAPHS)('the SDL %s', (_name, sdl) => {
  const services = [
    { name: 'account', url: 'http://account.example', typeDefs: parse(sdl) },
    { name: 'orders', url: 'http://orders.example', typeDefs: parse(ORDERS) },
  ];

  test('composes with that of another service that adds to users, without an error or a hint', () => {
    const { errors, hints, supergraphSdl } = composeServices(services);
    expect(errors ?? []).toEqual([]);
    expect((hints ?? []).map(String)).toEqual([]);
    expect(supergraphSdl).toMatch(
      /type User\s+@join__type\(graph: ACCOUNT, key: "id"\)\s+@join__type\(graph: ORDERS, key: "id"\)/,
    );
  });

  test('composes by the composition of Hive, which keeps that an input takes one field', () => {
    const result = composeForHive(services);
    expect(result.errors ?? []).toEqual([]);
    expect(result.supergraphSdl).toMatch(/input CredentialsInput .*@oneOf/);
  });
});

describe('what is served', () => {
  const library = buildSubgraphSchema(parse(printFederatedApi(null)));
  const api = buildApi({ schema: null, federation: false });
  const served = buildApi({ schema: null, federation: true });

  test('is what the library for subgraphs makes of the SDL', () => {
    const fieldOf = (schema: GraphQLSchema, name: string) => {
      const field = schema.getQueryType()?.getFields()[name];
      return [String(field?.type), field?.args.map(({ name: key, type }) => [key, String(type)])];
    };
    for (const name of ['_entities', '_service']) {
      expect(fieldOf(served, name)).toEqual(fieldOf(library, name));
    }
    expect(served.getType('_Any')).toBeInstanceOf(GraphQLScalarType);
    const entities = [served, library].map((schema) => {
      const type = schema.getType('_Entity') as GraphQLUnionType;
      return type.getTypes().map(String);
    });
    expect(entities).toEqual([['User'], ['User']]);
  });

  test('is the whole API, each type as it is without', () => {
    const names = Object.keys(api.getTypeMap()).filter((name) => name !== 'Query');
    const print = (schema: GraphQLSchema) =>
      names.map((name) => printType(schema.getType(name) as GraphQLNamedType));
    expect(names.length).toBeGreaterThan(40);
    expect(print(served)).toEqual(print(api));
    expect(print(library)).toEqual(print(api));
  });

  test('takes one field of an input where the API does', () => {
    const oneOf = (schema: GraphQLSchema) =>
      Object.values(schema.getTypeMap())
        .filter((type) => isInputObjectType(type) && type.isOneOf)
        .map(String)
        .sort();
    expect(oneOf(api)).toEqual(['CredentialsInput', 'CustomDataOperation']);
    expect(oneOf(served)).toEqual(oneOf(api));
  });
});
