/** Scalars for BSON types. Inside the gateway each is the text that its Extended JSON form holds. */
import { GraphQLError, GraphQLScalarType } from 'graphql';

const LONG = /^-?(?:0|[1-9]\d{0,18})$/;
const INT64_LIMIT = 2n ** 63n;

const OBJECT_ID = /^[0-9a-fA-F]{24}$/;
const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$|^(?:NaN|-?Infinity)$/;

/** By name. The engine takes what the scalar says of itself, whatever the SDL says. */
const DESCRIPTIONS = {
  Binary: 'Bytes as base64.',
  Decimal128: 'A decimal floating-point number of 34 digits, as a string such as `1.10`.',
  Long: 'A 64-bit integer, as a string of decimal digits. A safe integer may also be sent as a number.',
  ObjectId: 'An ObjectId: 24 hex digits.',
  UUID: 'A UUID: hex digits with hyphens.',
} as const;

/** The scalars by name. */
export const TYPED_SCALARS: Readonly<Record<string, GraphQLScalarType<string, string>>> = {
  Binary: createScalar('Binary', (value) => matching(value, BASE64)),
  Decimal128: createScalar('Decimal128', (value) => matching(value, DECIMAL)),
  Long: createScalar('Long', parseLong),
  ObjectId: createScalar('ObjectId', (value) => matching(value, OBJECT_ID)),
  UUID: createScalar('UUID', (value) => matching(value, UUID)),
};

function createScalar(
  name: keyof typeof DESCRIPTIONS,
  parse: (value: unknown) => string | undefined,
): GraphQLScalarType<string, string> {
  return new GraphQLScalarType<string, string>({
    name,
    description: DESCRIPTIONS[name],
    serialize: (value) => String(value),
    parseValue(value) {
      const parsed = parse(value);
      if (parsed === undefined) throw new GraphQLError(`The value is no "${name}"`);
      return parsed;
    },
    parseLiteral(node) {
      // A number in a document is text, so an int64 of any size arrives whole.
      const parsed = 'value' in node ? parse(node.value) : undefined;
      if (parsed === undefined)
        throw new GraphQLError(`The value is no "${name}"`, { nodes: node });
      return parsed;
    },
  });
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function parseLong(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || !LONG.test(text)) return undefined;
  const integer = BigInt(text);
  return integer >= -INT64_LIMIT && integer < INT64_LIMIT ? String(integer) : undefined;
}
