/** Which fields own claims may be made of. */
import { describe, expect, test } from '@jest/globals';
import { createOwnClaims } from '../../../../src/custom-data/own-claims/own-claims.ts';
import type { CustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { objectSchema } from '../../../support/schema.ts';

const text = { type: 'string' };
const readOnly = { readOnly: true };

const SCHEMA = objectSchema({
  nickname: text,
  role: { ...text, ...readOnly },
  'a/b': { ...text, ...readOnly },
  plan: {
    ...readOnly,
    type: 'object',
    properties: { level: text, invoice: { ...text, writeOnly: true } },
  },
  address: {
    type: 'object',
    properties: { city: text, verified: { type: 'boolean', ...readOnly } },
  },
  tags: { type: 'array', items: text },
  roles: { ...readOnly, type: 'array', items: { type: 'object', properties: { name: text } } },
  notes: { ...text, writeOnly: true },
  fraud: { ...text, ...readOnly, writeOnly: true },
  photos: { ...text, ...readOnly, 'x-token': false },
});

/** What is said of a leaf of that path; `TAKEN`: nothing. */
function judge(path: string, schema: CustomDataSchema | null, more: object = {}): string {
  try {
    createOwnClaims(
      { claim: { $path: path, ...more } },
      { schema, userIdField: 'userId', budgetBytes: 8000 },
    );
    return 'TAKEN';
  } catch (error) {
    const { problems } = error as { problems: { path: string; message: string }[] };
    expect(problems.map((problem) => problem.path)).toStrictEqual(['/claim']);
    expect(problems[0]?.message).toContain(`"${path}"`);
    return problems[0]?.message ?? '';
  }
}

describe('a claim may be made of', () => {
  test.each([
    ['a readOnly field', '/role'],
    ['one whose name is escaped', '/a~1b'],
    ['what is in a readOnly object', '/plan/level'],
    ['what is in one without being in the schema', '/plan/seats/0'],
    ['a readOnly field of an object that users write', '/address/verified'],
    ['a readOnly list', '/roles'],
    ['what is in an element of one', '/roles/0/name'],
    ['a readOnly field that is not in user_data', '/photos'],
    ['the user id', '/userId'],
    ['the id of the document', '/_id'],
  ])('%s', (_what, path) => {
    expect(judge(path, SCHEMA)).toBe('TAKEN');
  });

  test('whose document it is, without a schema too', () => {
    expect(judge('/userId', null)).toBe('TAKEN');
    expect(judge('/_id', null)).toBe('TAKEN');
  });
});

describe('a claim may not be made of', () => {
  test.each([
    ['a field that users write', '/nickname', 'users may write'],
    ['an object with a readOnly field that they write beside it', '/address', 'users may write'],
    ['a field of an object that they write', '/address/city', 'users may write'],
    ['a list that they write', '/tags', 'users may write'],
    ['an element of one', '/tags/0', 'users may write'],
    ['a field that the schema does not name', '/other', 'not in the schema'],
    ['one that it names elsewhere', '/plane/level', 'not in the schema'],
    ['the whole document', '', 'whole document'],
  ])('%s', (_what, path, reason) => {
    expect(judge(path, SCHEMA)).toContain(reason);
  });

  test('any field without a schema', () => {
    expect(judge('/role', null)).toContain('without CUSTOM_DATA_SCHEMA_FILE');
  });

  test('unless it is said that users may write it', () => {
    const yes = { isUserWritable: true };
    for (const path of ['/nickname', '/address', '/other', '']) {
      expect(judge(path, SCHEMA, yes)).toBe('TAKEN');
      expect(judge(path, null, yes)).toBe('TAKEN');
    }
    expect(judge('/nickname', SCHEMA, { isUserWritable: false })).toContain('users may write');
  });

  test.each(['/notes', '/fraud', '/plan/invoice', '/fraud/of/what'])(
    '%s, which users do not see, whatever is said',
    (path) => {
      expect(judge(path, SCHEMA)).toContain('hidden from users');
      expect(judge(path, SCHEMA, { isUserWritable: true })).toContain('hidden from users');
    },
  );

  test.each([
    ['additionalProperties', { additionalProperties: { type: 'string' } }],
    ['patternProperties', { patternProperties: { '^role$': { type: 'string' } } }],
  ])('what %s alone speak of', (_keyword, rest) => {
    expect(judge('/role', objectSchema({}, rest))).toContain('not in the schema');
  });
});
