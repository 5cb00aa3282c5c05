import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/log.ts';

const SECRET = 'a secret of somebody';

/** Names that a credential has in the two protocols, in HTTP and in the operator's files. */
const FIELDS = [
  // RFC 9110, RFC 6265
  'authorization',
  'cookie',
  'set-cookie',
  // schema/*.graphql
  'password',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  // the App Services client protocol
  'access_token',
  'refresh_token',
  'id_token',
  'key',
];

/** What is logged of `record`. */
function logged(record: object): string {
  let text = '';
  const log = createLog('trace', {
    write(line: string) {
      text += line;
    },
  });
  log.trace(record, 'a record');
  return text;
}

describe.each(FIELDS)('a field "%s" shows no value', (field) => {
  test.each([
    ['in a record', { [field]: SECRET }],
    ['one level deep', { body: { [field]: SECRET } }],
    ['two levels deep', { req: { headers: { [field]: SECRET } } }],
  ])('%s', (_where, record) => {
    const text = logged({ ...record, beside: 'shown' });
    expect(text).not.toContain(SECRET);
    expect(text).toContain('[redacted]');
    expect(JSON.parse(text)).toMatchObject({ beside: 'shown', msg: 'a record' });
  });
});

test('of an error only what it is, its message, code and causes are kept', () => {
  const cause = Object.assign(new Error('refused'), { payload: SECRET, code: 13 });
  const error = Object.assign(new TypeError('wrong', { cause }), {
    response: SECRET,
    request: { headers: { authorization: SECRET } },
  });
  const text = logged({ err: error });
  expect(text).not.toContain(SECRET);
  expect(JSON.parse(text).err).toEqual({
    type: 'TypeError',
    message: 'wrong',
    stack: expect.any(String),
    cause: { type: 'Error', message: 'refused', stack: expect.any(String), code: 13 },
  });
});

test('what is thrown and is no error is not shown', () => {
  expect(logged({ err: SECRET })).not.toContain(SECRET);
});
