import { gql } from '@apollo/client';
import { describe, expect, test } from '@jest/globals';
import { print } from 'graphql';
import { rewrite, strip } from '../../../../client/src/apollo/rewrite.ts';

const MORE =
  'customUserDataClient_accessToken: accessToken ' +
  'customUserDataClient_user: user { id customData customDataRevision customDataReadAt tokenExpiresAt }';

describe('an operation', () => {
  test.each([
    ['a query', gql`{ me { id } }`],
    ['a subscription', gql`subscription { writeCustomUserData { id } }`],
    ['a mutation that reissues nothing', gql`mutation { logOut }`],
    ['a query of a field of that name', gql`{ writeCustomUserData { id } }`],
    ['a field of that name below the root', gql`mutation { other { writeCustomUserData { id } } }`],
  ])('that is %s stays the same object', (_name, document) => {
    expect(rewrite(document)).toBe(document);
  });

  test.each([
    'refreshCustomData',
    'writeCustomUserData',
    'updateCustomUserData',
    'deleteCustomUserData',
    'restoreCustomUserData',
    'writeTypedCustomUserData',
  ])('of %s asks for the token, and is not changed itself', (name) => {
    const document = gql(`mutation { ${name} { expiresAt } }`);
    const before = print(document);
    expect(print(rewrite(document))).toBe(print(gql(`mutation { ${name} { expiresAt ${MORE} } }`)));
    expect(print(document)).toBe(before);
  });
});

describe('an answer', () => {
  test('gives what was asked for, and none of it stays', () => {
    const taken: unknown[] = [];
    const user = { id: 'u1' };
    const data = Object.freeze({
      save: {
        expiresAt: 'x',
        customUserDataClient_accessToken: 'token',
        customUserDataClient_user: user,
      },
      logOut: true,
      nothing: null,
    });
    expect(strip(data, (reissued) => taken.push(reissued))).toEqual({
      save: { expiresAt: 'x' },
      logOut: true,
      nothing: null,
    });
    expect(taken).toEqual([{ accessToken: 'token', user }]);
  });

  test.each([null, undefined])('of %s stays that', (data) => {
    expect(strip(data, () => undefined)).toBe(data);
  });
});
