/** Fields that users may write and never see (JSON Schema Validation 2020-12, section 9.4). */
import { describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../../src/bson.ts';
import type { CustomDataOperation } from '../../../../src/custom-data/operations.ts';
import { createCustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import type { WriteChange } from '../../../../src/custom-data/write.ts';
import { WRITE_MODES, type WriteMode } from '../../../../src/custom-data/write-mode.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { code, OLD, setUp, USER_ID } from '../../../support/custom-data.ts';
import { objectSchema, PROFILE_SCHEMA } from '../../../support/schema.ts';

const SCHEMA = createCustomDataSchema(PROFILE_SCHEMA, { userIdField: 'userId' });
const STORED: Document = {
  _id: OLD,
  userId: USER_ID,
  nickname: 'Ann',
  pin: '1234',
  fraud: { level: new Int32(3) },
  address: { riskScore: new Int32(99), city: 'Rome', doorCode: '4321', verified: true },
  recovery: { question: 'pet', answer: 'cat' },
};

const write = async (
  change: WriteChange,
  stored: Document | null = STORED,
  schema = SCHEMA,
  writer: 'USER' | 'OPERATOR' = 'USER',
) => {
  const { customData, collection } = setUp(stored === null ? [] : [stored], 'userId', schema);
  const written = await customData.write(USER_ID, change, { writer });
  return { ...written, document: collection.documents[0]?.document ?? {} };
};
const send = (newCustomUserData: unknown, mode: WriteMode = 'MERGE', stored?: Document | null) =>
  write({ newCustomUserData, mode }, stored);
const operate = (...operations: CustomDataOperation[]) => write({ operations });
const refused = (...paths: string[]) => code('FIELD_NOT_WRITABLE', { paths });
const invalid = (...paths: string[]) =>
  code('CUSTOM_DATA_INVALID', {
    violations: paths.map((path) => expect.objectContaining({ path })),
  });

describe('a writeOnly field that a document names', () => {
  test.each(WRITE_MODES)('is written by %s as a whole, at any depth', async (mode) => {
    const { document, snapshot } = await send(
      { pin: '9876', recovery: { answer: 'dog' }, address: { doorCode: '7777', city: 'Oslo' } },
      mode,
    );
    expect(document).toMatchObject({ pin: '9876', address: { doorCode: '7777', city: 'Oslo' } });
    expect(document.recovery).toEqual({ answer: 'dog' });
    expect(JSON.stringify(snapshot.data)).not.toMatch(/9876|dog|7777|pin|recovery|doorCode/);
  });

  test.each(WRITE_MODES)('is written by %s where there is no document', async (mode) => {
    const { document, result } = await send({ pin: '9876' }, mode, null);
    expect(document).toMatchObject({ userId: USER_ID, pin: '9876' });
    expect(result).toMatchObject({ matchedCount: 0, modifiedCount: 0 });
  });

  test('is removed by null in DEEP_MERGE, and null is a value that the schema judges elsewhere', async () => {
    const { document } = await send({ pin: null, address: { doorCode: null } }, 'DEEP_MERGE');
    expect(document).not.toHaveProperty('pin');
    expect(document.address).toEqual({
      ...{ riskScore: new Int32(99), city: 'Rome', verified: true },
    });
    await expect(send({ pin: null })).rejects.toEqual(invalid('/pin'));
  });

  test('is in DEEP_MERGE what it would be if nothing had been there', async () => {
    const { document } = await send({ recovery: { answer: 'dog', question: null } }, 'DEEP_MERGE');
    expect(document.recovery).toEqual({ answer: 'dog' });
    await expect(send({ recovery: { question: 'zoo' } }, 'DEEP_MERGE')).rejects.toEqual(
      invalid('/recovery/answer'),
    );
  });

  test('is validated when it is written', async () => {
    const broken = { pin: 'x', recovery: { answer: 1, more: 1 }, address: { doorCode: 'x' } };
    const error = await send(broken).catch((thrown: unknown) => thrown);
    expect(error).toEqual(code('CUSTOM_DATA_INVALID'));
    const { violations } = (error as { details: { violations: { path: string }[] } }).details;
    expect(violations.map(({ path }) => path).sort()).toEqual([
      ...['/address/doorCode', '/pin', '/recovery/answer', '/recovery/more'],
    ]);
  });
});

describe('a writeOnly field that a document does not name', () => {
  test.each(WRITE_MODES)('is kept by %s', async (mode) => {
    const { document } = await send({ nickname: 'Bea', address: { city: 'Oslo' } }, mode);
    expect(document).toEqual({
      ...STORED,
      nickname: 'Bea',
      address: { ...(STORED.address as Document), city: 'Oslo' },
    });
  });

  test.each(WRITE_MODES)('is kept by %s of the whole document as it is shown', async (mode) => {
    const { customData } = setUp([STORED], 'userId', SCHEMA);
    const { data } = await customData.readSnapshot(USER_ID);
    const { document, result } = await send({ ...data }, mode);
    expect(document).toEqual(STORED);
    expect(result.modifiedCount).toBe(0);
  });

  test('stays when the object that holds it is removed, and no other value can take its place', async () => {
    const kept = { riskScore: new Int32(99), doorCode: '4321', verified: true };
    expect((await send({ address: null }, 'DEEP_MERGE')).document.address).toEqual(kept);
    expect((await operate({ unset: { path: '/address' } })).document.address).toEqual(kept);
    expect((await send({}, 'REPLACE')).document.address).toEqual(kept);
    for (const address of ['text', 1, [], null]) {
      await expect(send({ address })).rejects.toEqual(refused('/address'));
      await expect(operate({ set: { path: '/address', value: address } })).rejects.toEqual(
        refused('/address'),
      );
    }
  });

  test('is asked for by no write, although it is required, and is not removed then', async () => {
    const schema = objectSchema(
      { a: { type: 'string' }, pin: { type: 'string', writeOnly: true } },
      { required: ['pin'] },
    );
    const merge = { newCustomUserData: { a: 'x' }, mode: 'MERGE' } as const;
    expect((await write(merge, null, schema)).document).toMatchObject({ a: 'x' });
    const unset: WriteChange = { operations: [{ unset: { path: '/pin' } }] };
    for (const stored of [
      { _id: OLD, userId: USER_ID, pin: 'y' },
      { _id: OLD, userId: USER_ID },
    ]) {
      await expect(write(unset, stored, schema)).rejects.toEqual(invalid('/pin'));
    }
  });

  test('may break the schema: only who writes it hears of it', async () => {
    const stored = { ...STORED, pin: 1, recovery: 'x' };
    expect((await send({ nickname: 'Bea' }, 'MERGE', stored)).document).toMatchObject({
      ...{ nickname: 'Bea', pin: new Int32(1), recovery: 'x' },
    });
  });
});

describe('an operator on a writeOnly field', () => {
  test('sets it and removes it as a whole', async () => {
    const { document } = await operate(
      { set: { path: '/pin', value: '9876' } },
      { set: { path: '/address/doorCode', value: '7777' } },
      { unset: { path: '/recovery' } },
    );
    expect(document).toMatchObject({ pin: '9876', address: { doorCode: '7777', city: 'Rome' } });
    expect(document).not.toHaveProperty('recovery');
  });

  test.each<[string, CustomDataOperation, string]>([
    ['increment', { increment: { path: '/pin', by: 1 } }, '/pin'],
    ['append', { append: { path: '/pin', value: 'x' } }, '/pin'],
    ['addToSet', { addToSet: { path: '/pin', value: 'x' } }, '/pin'],
    ['pull', { pull: { path: '/pin', value: 'x' } }, '/pin'],
    ['set below', { set: { path: '/recovery/answer', value: 'x' } }, '/recovery/answer'],
    ['unset below', { unset: { path: '/recovery/answer' } }, '/recovery/answer'],
    ['set far below', { set: { path: '/pin/a/b', value: 'x' } }, '/pin/a/b'],
  ])('%s is refused, whatever is there', async (_what, operation, path) => {
    const change = { operations: [operation] };
    await expect(write(change)).rejects.toEqual(refused(path));
    await expect(write(change, null)).rejects.toEqual(refused(path));
  });

  test('sees what those before it did', async () => {
    const pathOf = (value: string) => ({ set: { path: '/address/doorCode', value } });
    const addressAfter = async (...operations: CustomDataOperation[]) =>
      (await operate(...operations)).document.address;
    const kept = { riskScore: new Int32(99), verified: true };
    expect(await addressAfter(pathOf('7777'), { unset: { path: '/address' } })).toEqual({
      ...kept,
      doorCode: '7777',
    });
    expect(
      await addressAfter(pathOf('7777'), { set: { path: '/address', value: { city: 'Ulm' } } }),
    ).toEqual({ ...kept, doorCode: '7777', city: 'Ulm' });
    expect(
      await addressAfter(
        { set: { path: '/address', value: { doorCode: '1111' } } },
        { unset: { path: '/address/doorCode' } },
      ),
    ).toEqual(kept);
    expect(await addressAfter({ unset: { path: '/address/doorCode' } }, pathOf('2222'))).toEqual({
      ...kept,
      ...{ city: 'Rome', doorCode: '2222' },
    });
  });
});

describe('what a write that names a writeOnly field answers', () => {
  test.each([
    ['the value that is there', { pin: '1234' }],
    ['another', { pin: '9999' }],
  ])('counts one document modified for %s', async (_what, data) => {
    expect((await send(data)).result).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
  });

  test('counts one for removing what is there and what is not', async () => {
    const { pin: _pin, ...without } = STORED;
    for (const stored of [STORED, without]) {
      const removed = await write({ operations: [{ unset: { path: '/pin' } }] }, stored);
      expect(removed.result).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
      const merged = await send({ pin: null }, 'DEEP_MERGE', stored);
      expect(merged.result).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    }
  });
});

// The limit that docs/schema.md states: compare-and-set is to notice every change.
test('the revision is the same again when all stored bytes are, fields included that nobody sees', async () => {
  const { customData } = setUp([STORED], 'userId', SCHEMA);
  const revisionAfter = async (pin: string) => {
    const change = { newCustomUserData: { pin }, mode: 'MERGE' } as const;
    return (await customData.write(USER_ID, change)).snapshot.revision;
  };
  const { revision } = await customData.readSnapshot(USER_ID);
  expect(await revisionAfter('9999')).not.toBe(revision);
  expect(await revisionAfter('1234')).toBe(revision);
});

describe('a field of operators within a writeOnly one', () => {
  const schema = objectSchema({
    vault: {
      type: 'object',
      writeOnly: true,
      properties: { seal: { type: 'string', readOnly: true }, word: { type: 'string' } },
    },
  });
  const stored = { _id: OLD, userId: USER_ID, vault: { seal: 's', word: 'w' } };
  const vaultAfter = async (change: WriteChange) =>
    (await write(change, stored, schema)).document.vault;
  const merge = (vault: unknown, mode: WriteMode = 'MERGE') =>
    vaultAfter({ newCustomUserData: { vault }, mode });

  test('is kept and cannot be named, and no other value can take the place of the object', async () => {
    expect(await merge({ word: 'x' })).toEqual({ seal: 's', word: 'x' });
    expect(await merge({ other: 'x' })).toEqual({ seal: 's', other: 'x' });
    expect(await merge(null, 'DEEP_MERGE')).toEqual({ seal: 's' });
    expect(await vaultAfter({ operations: [{ unset: { path: '/vault' } }] })).toEqual({
      seal: 's',
    });
    await expect(merge({ seal: 's' })).rejects.toEqual(refused('/vault/seal'));
    await expect(merge('x')).rejects.toEqual(refused('/vault'));
    const set = { path: '/vault', value: { seal: 's' } };
    await expect(vaultAfter({ operations: [{ set }] })).rejects.toEqual(refused('/vault/seal'));
  });
});

test('an operator writes a writeOnly field as any other', async () => {
  const change = { operations: [{ set: { path: '/recovery/answer', value: 'dog' } }] };
  const stored = { ...STORED, role: 'member' };
  const { document } = await write(change, stored, SCHEMA, 'OPERATOR');
  expect(document.recovery).toEqual({ question: 'pet', answer: 'dog' });
});
