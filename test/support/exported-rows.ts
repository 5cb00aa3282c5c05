/** Rows as an export writes them, all different; and what is the same in two exports. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { Decimal128 } from '../../src/bson.ts';
import { formatDocument } from '../../src/custom-data/extended-json-format.ts';
import { WRITERS } from '../../src/custom-data/history/entry.ts';
import { bsonDocument } from './bson-arbitraries.ts';

/** A row. */
export type ExportedRow = Record<string, unknown>;

/** jBCrypt's vector for the password "abc". */
const BCRYPT = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';

const hexId = fc
  .uint8Array({ minLength: 12, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const time = fc
  .date({ min: new Date(0), max: new Date(2 ** 41), noInvalidDate: true })
  .map((at) => at.toISOString());

const other = fc.record({
  id: hexId,
  provider: fc.constantFrom('custom-function', 'oauth2-google', 'oauth2-apple', 'anon-user'),
  externalId: fc.string({ minLength: 8, maxLength: 50 }),
  data: fc.record({ name: fc.string(), nested: fc.record({ flag: fc.boolean() }) }),
  createdAt: time,
});
const email = fc
  .record({
    id: hexId,
    provider: fc.constant('local-userpass'),
    externalId: hexId.map((name) => `${name}@example.com`),
    createdAt: time,
  })
  .map((identity) => ({ ...identity, data: { email: identity.externalId } }));
const apiKey = fc.record({
  id: hexId,
  name: hexId,
  isDisabled: fc.boolean(),
  createdAt: time,
  hash: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
});
const common = { id: hexId, createdAt: time };
const withPassword = {
  isConfirmed: fc.boolean(),
  isPasswordProven: fc.boolean(),
  passwordHash: fc.constant(BCRYPT),
};
const account = {
  ...common,
  isDisabled: fc.boolean(),
  apiKeys: fc.array(apiKey, { minLength: 1, maxLength: 3 }),
};

/** Users of every kind. */
export const userRow: fc.Arbitrary<ExportedRow> = fc.oneof(
  fc.record({ ...account, identities: fc.array(other, { minLength: 1, maxLength: 4 }) }),
  fc.record({ ...account, ...withPassword, identities: fc.tuple(email, other) }),
  fc.record({ ...account, identities: fc.tuple(email) }),
  fc
    .record({ ...common, ...withPassword, isRegistrationOnly: fc.constant(true), identity: email })
    .map(({ identity, ...row }) => ({
      ...row,
      identities: [{ ...identity, createdAt: row.createdAt }],
    })),
);

const fields = bsonDocument().map(({ _id, userId: _userId, ...document }) =>
  formatDocument(document, 'canonical'),
);

/** Ids of every type that one may have; each is there once at most. */
const documentId = fc.oneof(
  { weight: 5, arbitrary: hexId.map(($oid) => ({ $oid })) },
  hexId,
  fc.integer().map((n) => ({ $numberInt: String(n) })),
  fc.bigInt({ min: 2n ** 60n, max: 2n ** 63n - 1n }).map((n) => ({ $numberLong: String(n) })),
  fc.integer().map((n) => ({ $numberDouble: `${n}.5` })),
  fc.integer().map((n) => ({ $numberDecimal: Decimal128.fromString(`${n}E+200`).toString() })),
  fc.constantFrom(...['NaN', 'Infinity', '-Infinity'].map((n) => ({ $numberDouble: n }))),
  fc.record({ a: hexId }),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => ({
    $binary: { base64: Buffer.from(bytes).toString('base64'), subType: '00' },
  })),
  fc.boolean(),
  fc.integer().map((n) => ({ $date: { $numberLong: String(n) } })),
  fc.nat().map((t) => ({ $timestamp: { t, i: 1 } })),
  fc.constantFrom({ $minKey: 1 }, { $maxKey: 1 }),
  hexId.map(($code) => ({ $code })),
);

/** Documents with every BSON type. */
export const documentRow: fc.Arbitrary<ExportedRow> = fc
  .record({ _id: documentId, userId: hexId, fields })
  .map(({ fields: rest, ...ids }) => ({ ...ids, ...rest }));

/** Histories of one user each, of which the beginning may be gone. */
export const historyRows: fc.Arbitrary<ExportedRow[]> = fc
  .record({
    userId: hexId,
    first: fc.nat(5),
    revisions: fc.array(
      fc.record({
        at: time,
        writer: fc.constantFrom(...WRITERS),
        document: fc.option(documentRow, { nil: undefined }),
        isTooLarge: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ first, revisions, userId }) =>
    revisions.map(({ document, isTooLarge, ...revision }, index) => ({
      ...{ userId, sequence: first + index, start: (first + index) * 700, ...revision },
      ...(document === undefined ? {} : { document }),
      ...(document === undefined && isTooLarge ? { isTooLarge } : {}),
    })),
  );

/** The rows of a file of an export. */
export async function readExported(directory: string, name: string): Promise<ExportedRow[]> {
  const text = await readFile(join(directory, `${name}.ndjson`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Users in the order of their ids. What an export leaves out is what it is by default; keys come in the order of their ids. */
export function comparableUsers(rows: readonly ExportedRow[]): ExportedRow[] {
  return [...rows].map(comparable).sort((a, b) => String(a.id).localeCompare(String(b.id)));
}

function comparable(row: ExportedRow): ExportedRow {
  const { apiKeys = [], isDisabled = false, ...rest } = row;
  const keys = [...(apiKeys as { id: string }[])].sort((a, b) => (a.id < b.id ? -1 : 1));
  const identities = (row.identities as ExportedRow[]).map((each) =>
    each.provider === 'local-userpass' ? { ...each, data: { email: each.externalId } } : each,
  );
  return { ...rest, isDisabled, identities, apiKeys: keys };
}

/** Those of the documents that can be in one collection. */
export function withOwnIds(rows: readonly ExportedRow[]): ExportedRow[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row._id), row])).values()];
}

/** Other rows in the order of their text. */
export function sorted(rows: readonly ExportedRow[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
