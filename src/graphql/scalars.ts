/** The scalars `JSON` and `DateTime`. */
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

/** Any JSON value; in: as parsed, out: as it is. */
export const JSONScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description:
    'Any JSON value. BSON types that JSON lacks are written as Extended JSON v2, such as `{"$oid": "…"}`.',
  parseValue: (value) => value,
  serialize: (value) => value,
  parseLiteral: (node, variables) => literalToJson(node, variables ?? {}),
});

/** RFC 3339 section 5.6; GraphQL clients know no other. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** An instant; out: a `Date` as an ISO 8601 string in UTC; in: the same, or with another offset. */
export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'An instant in time: an ISO 8601 string in UTC with milliseconds, such as `2026-01-31T09:30:00.000Z`.',
  serialize(value) {
    if (value instanceof Date) return value.toISOString();
    throw new TypeError('A "DateTime" must be resolved to a Date');
  },
  parseValue(value) {
    const date = typeof value === 'string' && DATE_TIME.test(value) ? new Date(value) : null;
    if (date === null || Number.isNaN(date.getTime())) {
      throw new GraphQLError('The value is no "DateTime"');
    }
    return date;
  },
});

function literalToJson(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((item) => literalToJson(item, variables));
    case Kind.OBJECT:
      return literalToObject(
        node.fields.map((field) => [field.name.value, literalToJson(field.value, variables)]),
      );
    case Kind.VARIABLE:
      return variables[node.name.value] ?? null;
    case Kind.ENUM:
      throw new GraphQLError(`"${node.value}" is not a JSON value, did you mean a string`, {
        nodes: node,
      });
  }
}

/** Like `JSON.parse`: the key `__proto__` becomes an own property, a repeated key keeps the last. */
function literalToObject(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}
