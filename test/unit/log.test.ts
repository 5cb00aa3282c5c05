import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLineWriter, createLog, type Log, showingUserIds } from '../../src/log.ts';

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

describe('a line of one kind', () => {
  const common = { route: '/graphql', status: 200 };
  const names = ['userId', 'operation', 'milliseconds'] as const;
  const kind = { common, names, message: 'a "request"' };
  /** What is written to a log of that level; without the time. */
  function written(level: 'info' | 'warn', write: (log: Log) => void): object[] {
    const lines: string[] = [];
    write(createLog(level, { write: (line: string) => void lines.push(line) }));
    return lines.map((line) => ({ ...JSON.parse(line), time: expect.any(String) }));
  }

  const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
  const fields = fc.record({
    ...{ userId: text, operation: text },
    milliseconds: fc.option(fc.double(), { nil: undefined }),
  });

  test('is what the log writes of the same fields, whatever is in them', () => {
    fc.assert(
      fc.property(fields, fc.boolean(), (values, areHashed) => {
        const open = (log: Log) =>
          (areHashed ? showingUserIds(log, (id) => `#${id.length}`) : log).child({ worker: 1 });
        const ours = written('info', (log) => createLineWriter(open(log), kind)(values));
        const expected = written('info', (log) =>
          open(log).child(common).info(values, '%s', kind.message),
        );
        expect(ours).toEqual(expected);
      }),
    );
  });

  test('is not written at a level that leaves it out', () => {
    const write = (log: Log) => createLineWriter(log, kind)({ userId: 'u', operation: 'Me' });
    expect(written('warn', write)).toEqual([]);
    expect(written('info', write)).toHaveLength(1);
  });
});
