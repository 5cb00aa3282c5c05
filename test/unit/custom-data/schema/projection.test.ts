import { describe, expect, test } from '@jest/globals';
import { projectDocument } from '../../../../src/custom-data/schema/projection.ts';
import { keepProtected } from '../../../../src/custom-data/schema/protection.ts';
import type { WriteChange } from '../../../../src/custom-data/write.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { code, OLD, setUp, USER_ID } from '../../../support/custom-data.ts';
import { fieldsOf, objectSchema } from '../../../support/schema.ts';

const TEXT = { type: 'string' };
const NONE = new Set<string>();
const HIDDEN = { ...TEXT, writeOnly: true };
const READ_ONLY = { ...TEXT, readOnly: true };

const objectOf = (properties: object, rest: object = {}) => ({
  ...{ type: 'object', properties },
  ...rest,
});

describe('a projection', () => {
  test('for a token leaves out what tokens do not carry, hidden fields or not', () => {
    const root = fieldsOf({ a: TEXT, large: { ...TEXT, 'x-token': false } });
    const document = { a: 'x', large: 'y' };
    expect(projectDocument(document, root, 'token')).toEqual({ a: 'x' });
    expect(projectDocument(document, root, 'user')).toBe(document);
  });

  test('leaves hidden fields out of the elements of an array, which stay in their places', () => {
    const items = objectOf({ shown: TEXT, secret: HIDDEN });
    const root = fieldsOf({ list: { type: 'array', readOnly: true, items } });
    const list = [{ shown: 'a', secret: 'b' }, { secret: 'c' }, 'no object'];
    expect(projectDocument({ list }, root, 'user')).toEqual({
      list: [{ shown: 'a' }, {}, 'no object'],
    });
  });

  test('shows whole what the schema says nothing of, and what has another type than it says', () => {
    const root = fieldsOf({
      ...{ secret: HIDDEN, list: { type: 'array' }, object: objectOf({ secret: HIDDEN }) },
    });
    const open = { list: [{ secret: 1 }], object: 'text', other: { secret: 2 } };
    expect(projectDocument({ ...open, secret: 'x' }, root, 'user')).toEqual(open);
  });

  test('shares what does not change', () => {
    const root = fieldsOf({ a: objectOf({ b: TEXT }), secret: HIDDEN });
    const document = { a: { b: 'x' }, secret: 'y' };
    expect(projectDocument(document, root, 'user').a).toBe(document.a);
  });
});

describe('keeping what is protected', () => {
  const root = fieldsOf({ object: objectOf({ shown: TEXT, secret: HIDDEN }) });

  test('leaves no trace of an object that holds nothing', () => {
    expect(Object.keys(keepProtected({}, { object: {} }, root, NONE))).toEqual([]);
    expect(
      Object.keys(keepProtected({ object: { shown: 'x' } }, { object: {} }, root, NONE)),
    ).toEqual([]);
  });

  test('gives back the very document of a write that touches nothing of it', () => {
    const next = { object: { shown: 'y' }, other: 1 };
    expect(keepProtected({ object: { shown: 'x' } }, next, root, NONE)).toBe(next);
    expect(keepProtected({ a: 'x' }, next, fieldsOf({ a: TEXT }), NONE)).toBe(next);
  });
});

describe('a field that users may not write', () => {
  const schema = objectSchema({
    role: READ_ONLY,
    plan: objectOf({ level: TEXT, terms: { ...TEXT, 'x-token': false } }, { readOnly: true }),
    address: objectOf({ city: TEXT, verified: READ_ONLY }),
  });
  const stored: Document = { _id: OLD, userId: USER_ID, plan: { level: 'a', terms: 'b' } };
  const write = async (change: WriteChange) => {
    const { customData, collection } = setUp([stored], 'userId', schema);
    await customData.write(USER_ID, change);
    return collection.documents[0]?.document;
  };
  const merge = (newCustomUserData: object) => write({ newCustomUserData, mode: 'MERGE' });

  test.each([[{ level: 'a' }], [{ level: 'a', terms: 'b' }]])(
    'may be sent back as %j, as a token or the store shows it',
    async (plan) => {
      expect(await merge({ plan, more: 1 })).toMatchObject({ plan: stored.plan });
    },
  );

  test('may not be sent while it is absent, not even as null', async () => {
    for (const role of [null, 'admin', {}]) {
      await expect(merge({ role })).rejects.toEqual(
        code('FIELD_NOT_WRITABLE', { paths: ['/role'] }),
      );
    }
  });

  test('does not keep users from members beside it that the schema does not name', async () => {
    const set = { path: '/address', value: { city: 'Rome', floor: 'x' } };
    expect(await write({ operations: [{ set }] })).toMatchObject({ address: set.value });
  });
});
