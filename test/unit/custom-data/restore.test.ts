import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { restorableDocument } from '../../../src/custom-data/restore.ts';
import { createCustomDataSchema } from '../../../src/custom-data/schema/custom-data-schema.ts';
import type { Document } from '../../../src/values/documents.ts';
import { toStored } from '../../support/bson-bytes.ts';
import { code, OLD, USER_ID } from '../../support/custom-data.ts';
import { setUpRecorded } from '../../support/recorded-data.ts';
import { objectSchema } from '../../support/schema.ts';

const identity = { _id: OLD, userId: USER_ID };
const policy = { userId: USER_ID, userIdField: 'userId' };

describe('what can be brought back', () => {
  test('is all but identity, and fields that users may not write at any depth', () => {
    const { root } = objectSchema({
      role: { type: 'string', readOnly: true },
      secret: { type: 'string', writeOnly: true },
      address: {
        type: 'object',
        properties: { city: { type: 'string' }, verified: { type: 'boolean', readOnly: true } },
      },
    });
    const earlier = {
      ...{ ...identity, role: 'admin', secret: 'x', other: [{ deep: 1 }] },
      address: { city: 'Rome', verified: true, more: 1 },
    };
    expect(restorableDocument(earlier, null, { ...policy, fields: root })).toStrictEqual({
      other: [{ deep: 1 }],
      address: { city: 'Rome', more: 1 },
    });
    expect(restorableDocument(earlier, null, policy)).toStrictEqual({
      ...{ role: 'admin', secret: 'x', other: [{ deep: 1 }] },
      address: earlier.address,
    });
  });

  test('is no name that users may not write, unless it is there unchanged', () => {
    const earlier = { ...identity, 'a.b': 1, c: { $d: 1 }, e: 1 };
    expect(() => restorableDocument(earlier, null, policy)).toThrow(
      code('FIELD_NOT_WRITABLE', { paths: ['/a.b', '/c/$d'] }),
    );
    expect(() => restorableDocument(earlier, { ...earlier, 'a.b': 2 }, policy)).toThrow(
      code('FIELD_NOT_WRITABLE', { paths: ['/a.b'] }),
    );
    const { _id, userId, ...fields } = earlier;
    expect(restorableDocument(earlier, { ...fields, e: 2 }, policy)).toStrictEqual(fields);
  });
});

test('a name that users may not write is there unchanged, whatever became of hidden fields beside it', () => {
  const hidden = { type: 'string', readOnly: true, writeOnly: true };
  const { root } = objectSchema({ box: { type: 'object', properties: { risk: hidden } } });
  const restore = (risk: object) =>
    restorableDocument(
      { ...identity, box: { $d: 1, risk: 'x' }, e: 1 },
      { ...identity, box: { ...risk, $d: 1 }, e: 2 },
      { ...policy, fields: root },
    );
  for (const risk of [{ risk: 'x' }, { risk: 'y' }, {}]) {
    expect(restore(risk)).toStrictEqual({ box: { $d: 1 }, e: 1 });
  }
});

describe('after bringing back a revision', () => {
  const SCHEMA = createCustomDataSchema(
    {
      type: 'object',
      properties: {
        nickname: { type: 'string' },
        role: { type: 'string', readOnly: true },
        fraud: { type: 'object', writeOnly: true },
        address: {
          type: 'object',
          properties: {
            city: { type: 'string' },
            verified: { type: 'boolean', readOnly: true },
            riskScore: { type: 'number', writeOnly: true },
          },
        },
      },
    },
    { userIdField: 'userId' },
  );
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const address = fc.record(
    {
      city: fc.constantFrom('Rome', 'Oslo'),
      verified: fc.boolean(),
      riskScore: fc.nat(3),
      more: fc.nat(3),
    },
    { requiredKeys: [] },
  );
  const document = fc.record(
    {
      nickname: fc.constantFrom('Ann', 'Bea'),
      role: fc.constantFrom('member', 'admin'),
      fraud: fc.record({ level: fc.nat(3) }),
      address,
      other: fc.nat(3),
    },
    { requiredKeys: [] },
  );
  const split = ({ role, fraud, address: place, ...rest }: Document) => {
    const { verified, riskScore, ...writable } = (place ?? {}) as Document;
    return { kept: { role, fraud, verified, riskScore }, writable: { ...rest, place: writable } };
  };

  test('users have what they may write as it was, and the rest as it is', async () => {
    await fc.assert(
      fc.asyncProperty(document, optional(document), async (earlier, current) => {
        const { collection, gateway } = setUpRecorded({
          ...{ documents: [{ ...identity, ...earlier }], schema: SCHEMA },
        });
        const { revision } = await gateway.readSnapshot(USER_ID);
        if (current === undefined) collection.documents.pop();
        else collection.documents[0] = toStored({ ...identity, ...current });
        await gateway.write(USER_ID, { restore: `${revision}` });
        const { _id, userId, ...after } = collection.documents[0]?.document ?? {};
        expect(userId).toBe(USER_ID);
        const { _id: _, userId: __, ...before } = toStored({ ...identity, ...earlier }).document;
        const present = toStored({ ...identity, ...current }).document;
        expect(split(after).kept).toStrictEqual(split(present).kept);
        expect(split(after).writable).toStrictEqual(split(before).writable);
      }),
      { numRuns: 300 },
    );
  });

  test('operators have everything as it was', async () => {
    const { collection, gateway } = setUpRecorded({
      ...{ documents: [{ ...identity, role: 'member', fraud: { level: 1 } }], schema: SCHEMA },
    });
    const { revision } = await gateway.readSnapshot(USER_ID);
    collection.documents[0] = toStored({ ...identity, role: 'admin' });
    await gateway.write(USER_ID, { restore: `${revision}` }, { writer: 'OPERATOR' });
    expect(collection.documents[0]?.document).toMatchObject({ role: 'member' });
    expect(Object.keys(collection.documents[0]?.document ?? {})).toContain('fraud');
  });
});
