/** GraphQL documents of a schema, valid and not. */
import fc from 'fast-check';
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { mostly } from './json-arbitraries.ts';

const MAX_DEPTH = 4;
const MAX_FIELDS = 4;

/** Texts of values, of whatever type. */
const anyValue = fc.constantFrom(
  ...['null', 'true', '0', '-1', '1e400', '9007199254740993', '""', '"\\u0000"', '"é"', 'A_NAME'],
  ...[
    '[]',
    '[[1]]',
    '{}',
    '{a: 1}',
    '{__proto__: 1}',
    '{a: {"b": 1}}',
    '$missing',
    '$given',
    '"""x"""',
  ],
  ...['{_id: {_oid: "x"}}', '{path: "/a", value: 1}', '[{set: {path: "/a/b", value: {c: [1]}}}]'],
);

/** The text of a value of this type, now and then of another. */
function anyOf(type: GraphQLInputType, depth: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 1, arbitrary: anyValue },
    { weight: 60, arbitrary: rightValue(type, depth) },
  );
}

function rightValue(type: GraphQLInputType, depth: number): fc.Arbitrary<string> {
  if (isNonNullType(type)) return anyOf(type.ofType, depth);
  if (isListType(type)) {
    return fc.array(anyOf(type.ofType, depth + 1), { maxLength: 3 }).map((items) => `[${items}]`);
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type) && depth < MAX_DEPTH) {
    const fields = Object.values(type.getFields());
    const pairs = fields.map((field) =>
      anyOf(field.type, depth + 1).map((text) => `${field.name}: ${text}`),
    );
    return fc
      .tuple(...pairs)
      .chain((texts) =>
        fc.subarray(texts, { minLength: 1, maxLength: type.isOneOf ? 1 : texts.length }),
      )
      .map((texts) => `{${texts.join(', ')}}`);
  }
  return scalarOf(getNamedType(type));
}

function scalarOf({ name }: GraphQLNamedType): fc.Arbitrary<string> {
  switch (name) {
    case 'Int':
      return fc.integer({ min: -5, max: 50 }).map(String);
    case 'Boolean':
      return fc.boolean().map(String);
    case 'JSON':
      return fc.constantFrom(
        '{theme: "dark", n: 1}',
        '{a: {b: [1, 2.5, null]}}',
        '1',
        '"text"',
        '$given',
      );
    default:
      return fc.constantFrom(
        '"text"',
        '"/theme"',
        '"/n"',
        '"a@example.com"',
        '"a b"',
        '"\\uD83D\\uDE00"',
        '""',
      );
  }
}

/** The text of a selection of fields of this type; empty for a type without any. */
function selectionOf(type: GraphQLNamedType, depth: number): fc.Arbitrary<string> {
  if (!isObjectType(type)) return fc.constant('');
  if (depth >= MAX_DEPTH) return fc.constant('{ __typename }');
  // One of a name: two with other arguments would be a conflict.
  const all = Object.values(type.getFields());
  return fc
    .subarray(all, { minLength: 1, maxLength: Math.min(all.length, MAX_FIELDS) })
    .chain((fields) => fc.tuple(...fields.map((field) => fieldOf(field, depth))))
    .map((texts) => `{ ${texts.join(' ')} }`);
}

function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<string> {
  const args = field.args.map((arg) => anyOf(arg.type, 0).map((text) => `${arg.name}: ${text}`));
  return fc
    .record({
      alias: mostly([''], 'x: ', 'y: '),
      args: fc.tuple(...args).chain((texts) => rarely(fc.constant(texts), fc.subarray(texts))),
      directive: mostly(['', ' @include(if: true)'], ' @skip(if: $given)', ' @nothing'),
      selection: selectionOf(getNamedType(field.type), depth + 1),
    })
    .map(({ alias, args: given, directive, selection }) => {
      const inBrackets = given.length === 0 ? '' : `(${given.join(', ')})`;
      return `${alias}${field.name}${inBrackets}${directive} ${selection}`;
    });
}

const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.integer({ min: 0, max: 10 }),
  put: fc.constantFrom(
    ...['', '{', '}', '(', '...', '...f', '@', '$', '"', '"""', '#', ' on ', ':', '!'],
    ...['\u0000', '\uD800'],
  ),
});

/** Texts of documents, a few of them damaged somewhere. */
export function documentOf(schema: GraphQLSchema): fc.Arbitrary<string> {
  const roots = [
    { kind: 'query', type: schema.getQueryType() },
    { kind: 'mutation', type: schema.getMutationType() },
  ] as const;
  return fc
    .record({
      root: fc
        .constantFrom(...roots)
        .chain(({ kind, type }) =>
          selectionOf(type as GraphQLNamedType, 0).map((text) =>
            text.includes('$given') ? `${kind} Q($given: JSON) ${text}` : `${kind} ${text}`,
          ),
        ),
      tail: mostly([''], ' fragment f on User { id ...f }', ' query Q { __typename }', ' {'),
      damages: rarely(fc.constant([]), fc.array(damage, { minLength: 1, maxLength: 3 })),
    })
    .map(({ damages, root, tail }) => {
      let text = root + tail;
      for (const { at, drop, put } of damages) {
        const place = Math.floor(at * text.length);
        text = text.slice(0, place) + put + text.slice(place + drop);
      }
      return text;
    });
}

/** The second now and then. */
function rarely<First, Second>(first: fc.Arbitrary<First>, second: fc.Arbitrary<Second>) {
  return fc.oneof({ weight: 15, arbitrary: first }, { weight: 1, arbitrary: second });
}
