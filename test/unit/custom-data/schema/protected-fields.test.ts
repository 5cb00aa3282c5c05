import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Int32, Long, ObjectId } from '../../../../src/bson.ts';
import type { CustomDataOperation } from '../../../../src/custom-data/operations.ts';
import { createCustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { projectDocument } from '../../../../src/custom-data/schema/projection.ts';
import type { WriteChange } from '../../../../src/custom-data/write.ts';
import { WRITE_MODES, type WriteMode } from '../../../../src/custom-data/write-mode.ts';
import { isGatewayError } from '../../../../src/errors.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { code, OLD, setUp, USER_ID } from '../../../support/custom-data.ts';
import { PROFILE_SCHEMA } from '../../../support/schema.ts';

const SCHEMA = createCustomDataSchema(PROFILE_SCHEMA, { userIdField: 'userId' });
const STORED: Document = {
  _id: OLD,
  userId: USER_ID,
  nickname: 'Ann',
  role: 'member',
  plan: { level: Long.fromNumber(2), invoice: 'SECRET-1' },
  fraud: { level: new Int32(3), notes: 'SECRET-2' },
  address: { city: 'Rome', verified: true, riskScore: new Int32(99) },
  photos: ['https://example.com/1'],
};

const write = async (change: WriteChange, stored: Document | null = STORED) => {
  const { customData, collection } = setUp(stored === null ? [] : [stored], 'userId', SCHEMA);
  const written = await customData.write(USER_ID, change);
  return { ...written, document: collection.documents[0]?.document ?? {} };
};
const send = (newCustomUserData: unknown, mode: WriteMode = 'MERGE') =>
  write({ newCustomUserData, mode });
const operate = (...operations: CustomDataOperation[]) => write({ operations });

describe('reading', () => {
  test('a snapshot holds neither hidden fields nor those kept from tokens', async () => {
    const { customData } = setUp([STORED], 'userId', SCHEMA);
    const { data } = await customData.readSnapshot(USER_ID);
    expect(data).toEqual({
      ...{ _id: OLD.toHexString(), userId: USER_ID, nickname: 'Ann', role: 'member' },
      ...{ plan: { level: 2 }, address: { city: 'Rome', verified: true } },
    });
  });

  test('what is read from the store holds all but hidden fields', async () => {
    const { customData } = setUp([STORED], 'userId', SCHEMA);
    const visible = await customData.readVisible(USER_ID);
    expect(visible).toMatchObject({
      photos: ['https://example.com/1'],
      plan: { level: { $numberLong: '2' } },
    });
    expect(JSON.stringify(visible)).not.toMatch(/SECRET|fraud|riskScore|invoice/);
  });

  test('an object that holds hidden fields only is not shown', async () => {
    const stored = { ...STORED, plan: { invoice: 'SECRET-1' }, address: { riskScore: 99 } };
    const { customData } = setUp([stored], 'userId', SCHEMA);
    const { data } = await customData.readSnapshot(USER_ID);
    const expected = { _id: OLD.toHexString(), userId: USER_ID, nickname: 'Ann', role: 'member' };
    expect(data).toEqual(expected);
    expect(await customData.readVisible(USER_ID)).toEqual({ ...expected, photos: STORED.photos });
  });

  test('no document is null', async () => {
    const { customData } = setUp([], 'userId', SCHEMA);
    expect(await customData.readVisible(USER_ID)).toBeNull();
  });
});

describe('a document', () => {
  test.each(WRITE_MODES)('%s may not name what users may not write', async (mode) => {
    await expect(
      send({ role: 'admin', fraud: {}, plan: { level: 9 }, address: { riskScore: 0 } }, mode),
    ).rejects.toEqual(
      code('FIELD_NOT_WRITABLE', { paths: ['/role', '/fraud', '/plan', '/address/riskScore'] }),
    );
  });

  test.each(WRITE_MODES)('%s drops what is sent back as it was shown', async (mode) => {
    const { customData } = setUp([STORED], 'userId', SCHEMA);
    const { data } = await customData.readSnapshot(USER_ID);
    const { document, result } = await send(
      { ...data, nickname: 'Bea', photos: STORED.photos },
      mode,
    );
    expect(document).toEqual({ ...STORED, nickname: 'Bea' });
    expect(result.modifiedCount).toBe(1);
  });

  test('members in another order are the same', async () => {
    const stored = { ...STORED, plan: { a: 'x', b: { c: 'y', d: 'z' } } };
    const change = { newCustomUserData: { plan: { b: { d: 'z', c: 'y' }, a: 'x' } } };
    const { document } = await write({ ...change, mode: 'MERGE' }, stored);
    expect(document.plan).toEqual(stored.plan);
  });

  test('a hidden field is refused even with the right value', async () => {
    await expect(send({ address: { riskScore: 99 } })).rejects.toEqual(
      code('FIELD_NOT_WRITABLE', { paths: ['/address/riskScore'] }),
    );
    await expect(send({ plan: { level: 2, invoice: 'SECRET-1' } })).rejects.toEqual(
      code('FIELD_NOT_WRITABLE', { paths: ['/plan'] }),
    );
  });

  test('REPLACE keeps protected fields at any depth and their place', async () => {
    const { document } = await send({ nickname: 'Bea' }, 'REPLACE');
    expect(document).toEqual({
      ...{ _id: OLD, userId: USER_ID, nickname: 'Bea', role: 'member' },
      ...{ plan: STORED.plan, fraud: STORED.fraud },
      address: { verified: true, riskScore: new Int32(99) },
    });
    // As it was stored, but for what the user has removed.
    expect(Object.keys(document)).toEqual(Object.keys(STORED).filter((name) => name !== 'photos'));
  });

  test('MERGE of an object keeps the protected fields in it', async () => {
    const { document } = await send({ address: { city: 'Oslo' } });
    expect(document.address).toEqual({ city: 'Oslo', verified: true, riskScore: new Int32(99) });
  });

  test.each(WRITE_MODES)('%s stores no empty object where fields may be hidden', async (mode) => {
    const { document } = await write({ newCustomUserData: { address: {} }, mode }, null);
    expect(document).not.toHaveProperty('address');
    const change = { newCustomUserData: { anything: {} }, mode };
    expect((await write(change, null)).document.anything).toEqual({});
  });

  test('an empty object that someone else stored stays until a write is about it', async () => {
    const stored = { ...STORED, address: {} };
    const change = { newCustomUserData: { nickname: 'Bea' }, mode: 'MERGE' as const };
    expect((await write(change, stored)).document.address).toEqual({});
  });

  test('null for an object with protected fields removes the rest in DEEP_MERGE only', async () => {
    const { document } = await send({ address: null }, 'DEEP_MERGE');
    expect(document.address).toEqual({ verified: true, riskScore: new Int32(99) });
    for (const mode of ['MERGE', 'REPLACE'] as const) {
      await expect(send({ address: null }, mode)).rejects.toEqual(
        code('FIELD_NOT_WRITABLE', { paths: ['/address'] }),
      );
    }
  });

  test('whether there is a hidden value changes no refusal', async () => {
    for (const stored of [STORED, null, { _id: OLD, userId: USER_ID }]) {
      await expect(
        write({ newCustomUserData: { address: 'x', fraud: 1 }, mode: 'MERGE' }, stored),
      ).rejects.toEqual(code('FIELD_NOT_WRITABLE', { paths: ['/address', '/fraud'] }));
    }
  });
});

describe('operators', () => {
  test.each<[string, CustomDataOperation, string]>([
    ['set of a read-only field', { set: { path: '/role', value: 'member' } }, '/role'],
    ['set below a read-only field', { set: { path: '/plan/x', value: 1 } }, '/plan/x'],
    ['unset of a hidden field', { unset: { path: '/fraud' } }, '/fraud'],
    [
      'unset of a nested hidden field',
      { unset: { path: '/address/riskScore' } },
      '/address/riskScore',
    ],
    ['increment of a hidden field', { increment: { path: '/fraud/level', by: 1 } }, '/fraud/level'],
    ['pull from a hidden field', { pull: { path: '/fraud/level', value: 3 } }, '/fraud/level'],
    [
      'set of an object with a protected member',
      { set: { path: '/address', value: { city: 'Bonn', verified: true } } },
      '/address/verified',
    ],
    [
      'set of no object where members are protected',
      { set: { path: '/address', value: 1 } },
      '/address',
    ],
    ['append where members are protected', { append: { path: '/address', value: 1 } }, '/address'],
  ])('%s is refused', async (_what, operation, path) => {
    await expect(operate(operation)).rejects.toEqual(code('FIELD_NOT_WRITABLE', { paths: [path] }));
  });

  test('an object that is set or removed keeps its protected fields', async () => {
    const kept = { verified: true, riskScore: new Int32(99) };
    const set = await operate({ set: { path: '/address', value: { city: 'Bonn' } } });
    expect(set.document.address).toEqual({ city: 'Bonn', ...kept });
    const unset = await operate({ unset: { path: '/address' } });
    expect(unset.document.address).toEqual(kept);
    const both = await operate(
      { unset: { path: '/address' } },
      { set: { path: '/address/city', value: 'Ulm' } },
    );
    expect(both.document.address).toEqual({ city: 'Ulm', ...kept });
  });
});

describe('whatever users send', () => {
  const OTHER_HIDDEN: Document = {
    ...STORED,
    plan: { ...(STORED.plan as Document), invoice: 'OTHER' },
    fraud: { notes: 'OTHER' },
    address: { ...(STORED.address as Document), riskScore: new ObjectId() },
  };
  const ONLY_HIDDEN: Document = {
    ...{ _id: OLD, userId: USER_ID, nickname: 'Ann' },
    ...{ plan: { invoice: 'SECRET-1' }, address: { riskScore: new Int32(99) } },
  };
  const visibleIn = (document: Document) => projectDocument(document, SCHEMA.root, 'user');
  const name = fc.constantFrom('nickname', 'role', 'plan', 'fraud', 'address', 'anything', 'other');
  const leaf = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3 }), fc.constant('x'));
  const inner = fc.dictionary(
    fc.constantFrom('city', 'verified', 'riskScore', 'level', 'notes', 'invoice'),
    leaf,
  );
  const value = fc.oneof(leaf, inner, fc.array(inner, { maxLength: 2 }));
  const path = fc
    .tuple(name, fc.option(fc.constantFrom('city', 'riskScore', 'level'), { nil: undefined }))
    .map(([first, second]) => `/${first}${second === undefined ? '' : `/${second}`}`);
  const operation = fc.oneof(
    fc.record({ set: fc.record({ path, value }) }),
    fc.record({ unset: fc.record({ path }) }),
    fc.record({ append: fc.record({ path, value }) }),
    fc.record({ increment: fc.record({ path, by: fc.constant(1) }) }),
  );
  const change = fc.oneof(
    fc.record({
      newCustomUserData: fc.dictionary(name, value),
      mode: fc.constantFrom(...WRITE_MODES),
    }),
    fc.record({ operations: fc.array(operation, { maxLength: 4 }) }),
  );
  const protectedParts = ({ role, plan, fraud, address }: Document) => {
    const { verified, riskScore } = (address ?? {}) as Document;
    return { role, plan, fraud, verified, riskScore };
  };

  test('protected fields stay, and nothing shown or refused depends on hidden values or on there being any', async () => {
    const pairs = [
      [STORED, OTHER_HIDDEN],
      [STORED, visibleIn(STORED)],
      [ONLY_HIDDEN, visibleIn(ONLY_HIDDEN)],
    ] as const;
    const outcome = async (request: WriteChange, stored: Document) => {
      const { customData, collection } = setUp([stored], 'userId', SCHEMA);
      const shown = await customData.write(USER_ID, request).then(
        ({ snapshot, result }) => ({ data: snapshot.data, result }),
        (error: unknown) => {
          if (!isGatewayError(error)) throw error;
          return { code: error.code, details: error.details, message: error.message };
        },
      );
      const after = collection.documents[0]?.document ?? {};
      expect(protectedParts(after)).toEqual(protectedParts(stored));
      return { shown, visible: visibleIn(after) };
    };
    await fc.assert(
      fc.asyncProperty(change, fc.constantFrom(...pairs), async (request, [stored, other]) => {
        expect(await outcome(request as WriteChange, stored)).toEqual(
          await outcome(request as WriteChange, other),
        );
      }),
      { numRuns: 500 },
    );
  });
});
