import { describe, expect, test } from '@jest/globals';
import {
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoTopologyClosedError,
} from 'mongodb';
import { toDataError, toStoreError } from '../../../../src/store/mongodb/driver-errors.ts';

const serverError = (code: number | undefined) =>
  new MongoServerError({ message: 'refused { name: "Zoë" }', code, codeName: 'Name' });

describe('an error of the driver', () => {
  test('with the number 11000 is a DuplicateKeyError that does not quote the value', () => {
    const error = toStoreError(serverError(11000));
    expect(error).toMatchObject({ name: 'DuplicateKeyError' });
    expect(String(error)).not.toContain('Zoë');
  });

  test('that SQLite gave FerretDB 1 is a DuplicateKeyError, any other internal one is not', () => {
    const internal = (message: string) => new MongoServerError({ message, code: 1 });
    const duplicate = internal('constraint failed: UNIQUE constraint failed: index (2067)');
    expect(toStoreError(duplicate)).toMatchObject({ name: 'DuplicateKeyError' });
    expect(toStoreError(internal('constraint failed'))).toMatchObject({ name: 'Error' });
  });

  test.each([
    ['a lost connection', new MongoNetworkError('closed')],
    [
      'an error of the socket that the driver passes on as it is',
      Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' }),
    ],
    [
      'a write to a socket that the server has ended',
      Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' }),
    ],
    [
      'a write to a socket that is destroyed',
      Object.assign(new Error('Cannot call write'), { code: 'ERR_STREAM_DESTROYED' }),
    ],
    ['a closed client', new MongoTopologyClosedError('closed')],
    ['a server that steps down', serverError(189)],
    ['a server that is no primary', serverError(10107)],
    ['an interrupted operation', serverError(11602)],
    ['an expired time limit', serverError(50)],
    ['a write conflict that remains', serverError(112)],
    // https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
    ['a full disk', serverError(14031)],
  ])('that means "no answer" is SERVICE_UNAVAILABLE with its cause: %s', (_what, cause) => {
    expect(toStoreError(cause)).toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause });
    expect(toDataError(cause)).toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause });
  });

  test.each([8000, 121, undefined])('with the code %s is told without its message', (code) => {
    const error = toStoreError(serverError(code));
    expect(String(error)).toContain(`code ${code ?? 'none'}`);
    expect(String(error)).not.toContain('Zoë');
    expect(error).not.toHaveProperty('code');
    expect(error).not.toHaveProperty('cause');
  });

  test('that is a fault of ours stays what it is', () => {
    const error = new MongoInvalidArgumentError('wrong');
    expect(toStoreError(error)).toBe(error);
  });
});

describe('an error of the driver, for code of the operator', () => {
  test('is told with the number and the message of the server', () => {
    const cause = serverError(11000);
    expect(toDataError(cause)).toMatchObject({
      name: 'DataOperationError',
      code: 11000,
      message: cause.message,
    });
  });

  test('is told if the driver refuses an argument', () => {
    const error = toDataError(new MongoInvalidArgumentError('wrong'));
    expect(error).toMatchObject({ name: 'DataOperationError', message: 'wrong', code: undefined });
  });

  test('that means "no answer" is SERVICE_UNAVAILABLE', () => {
    for (const cause of [new MongoNetworkError('closed'), serverError(189)]) {
      expect(toDataError(cause)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
  });
});
