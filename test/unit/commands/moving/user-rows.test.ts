import { describe, expect, test } from '@jest/globals';
import { toUserRow } from '../../../../src/commands/moving/app-services-rows.ts';
import { parseUserRow } from '../../../../src/commands/moving/user-rows.ts';

const NOW = Date.UTC(2026, 0, 1);
const id = '5f1f216e82df4a7979f9da93';
const email = { provider: 'local-userpass', externalId: 'ada@example.com' } as const;
const userOf = (row: object) => parseUserRow(row, NOW).user;
const hash = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';

describe('a row', () => {
  test('keeps ids, times, the disabled flag and what providers say', () => {
    const identity = {
      id: '5f1f216d82df4a7979f9da8f',
      provider: 'oauth2-google',
      externalId: '1234',
      data: { name: 'Ada', since: { $date: '2020-01-01T00:00:00Z' } },
      createdAt: '2021-02-03T04:05:06.789Z',
    };
    const row = { id, createdAt: '2020-02-03T04:05:06+01:00', isDisabled: true };
    expect(userOf({ ...row, identities: [identity] })).toMatchObject({
      id,
      createdAt: new Date('2020-02-03T03:05:06Z'),
      isDisabled: true,
      identities: [
        {
          ...identity,
          data: { name: 'Ada', since: new Date('2020-01-01T00:00:00Z') },
          createdAt: new Date(identity.createdAt),
        },
      ],
    });
  });

  test('without times is as old as its id, and now if the id tells no time', () => {
    const { createdAt, identities } = userOf({ id, identities: [email] });
    expect([createdAt, identities[0]?.createdAt]).toEqual(
      Array(2).fill(new Date(0x5f1f216e * 1000)),
    );
    expect(userOf({ id: 'someone' }).createdAt).toEqual(new Date(NOW));
    expect(userOf({ id: 'ff1f216e82df4a7979f9da93' }).createdAt).toEqual(new Date(NOW));
  });

  test('with an id that is none here gets another, always the same', () => {
    const uuid = 'c9a646d3-9c61-4cb7-bfcd-ee2522c8f633';
    const [one, two] = [parseUserRow({ id: uuid }, NOW), parseUserRow({ id: uuid }, NOW + 1)];
    expect(one.user.id).toMatch(/^[0-9a-f]{24}$/);
    expect(one.user.id).toBe(two.user.id);
    expect(one.sourceId).toBe(uuid);
    expect(parseUserRow({ id: id.toUpperCase() }, NOW)).toMatchObject({ user: { id } });
  });

  test('says the address of an e-mail identity, as a log-in does', () => {
    expect(userOf({ id, identities: [email] }).identities[0]?.data).toEqual({
      email: 'ada@example.com',
    });
  });

  test('without an identity has one that nobody logs in with', () => {
    expect(userOf({ id }).identities).toMatchObject([
      { id, provider: 'anon-user', externalId: id },
    ]);
  });

  test.each([
    [{}, '"id": Invalid input: expected string, received undefined'],
    [{ id: '' }, /^"id": Too small/],
    [{ id, passwordhash: hash }, 'Unrecognized key: "passwordhash"'],
    [{ id, createdAt: 'yesterday' }, /^"createdAt": Invalid/],
    [
      { id, identities: [{ provider: 'oauth2-facebook', externalId: '1' }] },
      /^"identities.0.provider": Invalid option/,
    ],
    [{ id, identities: [email, email] }, 'An identity is there twice'],
    [
      { id, identities: [email, { ...email, externalId: 'b@example.com' }] },
      'There is more than one e-mail address',
    ],
    [
      { id, identities: [{ ...email, externalId: `${'a'.repeat(251)}@b.c` }] },
      'The e-mail address has more than 254 bytes',
    ],
    [
      { id, identities: [{ ...email, data: { a: 'x'.repeat(65_536) } }] },
      'The "data" of an identity has more than 65536 bytes',
    ],
    [{ id, passwordHash: hash }, 'There is a password, and no e-mail address'],
    [
      { id, identities: [email], passwordHash: 'secret' },
      'The hash is neither a PHC string nor modular crypt',
    ],
    [
      { id, identities: [email], passwordHash: hash.replace('06', '31') },
      'The hash is too expensive to check',
    ],
    [
      { id, isRegistrationOnly: true },
      '"isRegistrationOnly" is for one identity, an e-mail address',
    ],
    ['text', 'Invalid input: expected object, received string'],
  ])('like %j is refused with the reason', (row, message) => {
    expect(() => parseUserRow(row, NOW)).toThrow(message as string);
  });
});

describe('a user of App Services', () => {
  const user = {
    _id: id,
    identities: [
      {
        id: '5f1f216d82df4a7979f9da8f',
        provider_type: 'local-userpass',
        provider_id: '5e1f216d82df4a7979f9da80',
      },
    ],
    type: 'normal',
    creation_date: 1_595_875_694,
    last_authentication_date: 1_595_875_695,
    disabled: false,
    data: { email: 'ada@example.com' },
  };
  const rowOf = (changes: object, options = {}) => toUserRow({ ...user, ...changes }, options);

  test('keeps id, age, the disabled flag, and has no password', () => {
    expect(rowOf({ disabled: true })).toEqual({
      id,
      createdAt: 1_595_875_694_000,
      isDisabled: true,
      identities: [
        {
          id: '5f1f216d82df4a7979f9da8f',
          provider: 'local-userpass',
          externalId: 'ada@example.com',
          data: { email: 'ada@example.com' },
        },
      ],
    });
  });

  test('of several identities each keeps what its own provider says', () => {
    const { identities } = rowOf({
      identities: [
        { id: '1', provider_type: 'anon-user' },
        { id: '2', provider_type: 'oauth2-google', provider_data: { name: 'Ada' } },
        { id: '3', provider_type: 'oauth2-facebook', provider_data: {} },
        { id: '4', provider_type: 'api-key' },
        { id: '5', provider_type: 'custom-function' },
      ],
    });
    expect(identities).toEqual([
      { provider: 'anon-user', externalId: '1', data: {} },
      { provider: 'oauth2-google', externalId: '2', data: { name: 'Ada' } },
      { provider: 'custom-function', externalId: '5', data: {} },
    ]);
  });

  test('with a custom JWT is found by issuer and id', () => {
    const identities = [{ id: 'ada', provider_type: 'custom-token' }];
    expect(rowOf({ identities }, { customJwtIssuer: 'https://issuer.example' })).toMatchObject({
      identities: [{ externalId: '["https://issuer.example","ada"]' }],
    });
    expect(() => rowOf({ identities })).toThrow('needs --custom-jwt-issuer');
  });

  test.each([
    [{ _id: undefined }, '"_id": Invalid input'],
    [{ data: {} }, 'An e-mail identity has no "email"'],
    [{ identities: [{ provider_type: 'oauth2-google' }] }, 'An identity has no "id"'],
  ])('with %j is refused with the reason', (changes, message) => {
    expect(() => rowOf(changes)).toThrow(message);
  });

  test('may have an id as Extended JSON writes it', () => {
    expect(rowOf({ _id: { $oid: id } }).id).toBe(id);
  });
});
