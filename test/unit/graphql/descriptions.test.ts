import { expect, test } from '@jest/globals';
import { concatAST, Kind, visit } from 'graphql';
import { DateTimeScalar, JSONScalar } from '../../../src/graphql/scalars.ts';
import { loadTypeDefs, loadTypeDefsOf } from '../../../src/graphql/schema.ts';

/** Kinds of nodes that say what something is. */
const DESCRIBED: readonly string[] = [
  Kind.ENUM_TYPE_DEFINITION,
  Kind.ENUM_VALUE_DEFINITION,
  Kind.FIELD_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION,
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_DEFINITION,
];

test('every type, field, argument and value has a description', () => {
  const bare: string[] = [];
  let described = 0;
  visit(concatAST([...loadTypeDefs(), loadTypeDefsOf('federation/served.graphql')]), {
    enter(node) {
      if (!DESCRIBED.includes(node.kind) || !('name' in node)) return;
      const isDescribed = 'description' in node && node.description !== undefined;
      if (isDescribed) described += 1;
      else bare.push(`${node.kind} ${node.name?.value}`);
    },
  });
  expect(bare).toEqual([]);
  expect(described).toBeGreaterThan(100);
});

test('so do the scalars, whose implementation would hide that of the schema', () => {
  for (const scalar of [DateTimeScalar, JSONScalar]) expect(scalar.description).toMatch(/\w/);
});
