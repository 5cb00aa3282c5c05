import { describe, expect, test } from '@jest/globals';
import { createPasswordHasher, type PasswordHasher } from '../../../src/account/passwords.ts';
import { identityOf } from '../../../src/account/registration.ts';
import { createRegistrations } from '../../../src/account/registrations.ts';
import { GatewayError } from '../../../src/errors.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import {
  assertNewPassword,
  CHEAP_COST,
  register,
  useRegistrations,
} from '../../support/registrations.ts';
import { forEachStore } from '../../support/stores.ts';
import { START } from '../../support/test-tokens.ts';

const refused = expect.objectContaining({ code: 'INVALID_CREDENTIALS', details: {} });
const password = 'correct horse';

/** A hasher that records which hashes were verified. */
function createRecordingHasher(
  cost = CHEAP_COST,
): PasswordHasher & { readonly verified: string[] } {
  const hasher = createPasswordHasher(cost);
  const verified: string[] = [];
  return {
    ...hasher,
    verified,
    verify: (passwordHash, given) => {
      verified.push(passwordHash);
      return hasher.verify(passwordHash, given);
    },
  };
}

forEachStore('registrations', (openStore) => {
  const setUp = useRegistrations(openStore, () => START);

  describe('an address', () => {
    test('is logged in with by its password and keeps its ids', async () => {
      const { registrations, email } = setUp();
      const registered = await register(registrations, email, password);
      expect(await registrations.verify({ email, password })).toEqual(registered);
      expect(identityOf(registered)).toEqual({
        id: registered._id,
        userId: registered.userId,
        provider: 'local-userpass',
        externalId: email,
        data: { email },
      });
    });

    test('is stored with a PHC string of argon2id and nothing of the password', async () => {
      const { collection, registrations, email } = setUp();
      await register(registrations, email, password);
      const stored = JSON.stringify(await collection.findOne({ email }));
      expect(stored).not.toContain(password);
      expect(stored).toContain('$argon2id$v=19$m=64,t=1,p=1$');
    });

    test('is registered once, also when fifty do at once', async () => {
      const { registrations, elsewhere, email } = setUp();
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) =>
          register(index % 2 === 0 ? registrations : elsewhere, email, password),
        ),
      );
      const codes = results.map((result) =>
        result.status === 'fulfilled' ? 'registered' : result.reason.code,
      );
      expect(codes.sort()).toEqual([...Array(49).fill('ACCOUNT_EXISTS'), 'registered']);
    });

    test('is registered once if the driver sends its insert twice', async () => {
      const { collection, email } = setUp();
      const twice: DocumentCollection = {
        ...collection,
        insertOne: async (document) => {
          await collection.insertOne(document);
          return collection.insertOne(document);
        },
      };
      const hasher = createPasswordHasher(CHEAP_COST);
      const registrations = createRegistrations({
        ...{ assertNewPassword, collection: twice, hasher },
        now: () => START,
      });
      const registered = await register(registrations, email, password);
      expect(await registrations.find(email)).toEqual(registered);
    });

    test('is the same in another case', async () => {
      const { registrations, email } = setUp();
      const registered = await register(registrations, email, password);
      const upper = { email: email.toUpperCase(), password };
      expect(await registrations.verify(upper)).toEqual(registered);
      const again = register(registrations, upper.email, password);
      await expect(again).rejects.toMatchObject({ code: 'ACCOUNT_EXISTS' });
    });

    test('that is no address, or a bad password, is not registered', async () => {
      const { registrations, email } = setUp();
      for (const input of [
        { email: 'no address', password },
        { email, password: 'short' },
      ]) {
        await expect(registrations.prepare(input)).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
        });
      }
    });

    test('is taken back only while it is not confirmed', async () => {
      const { registrations, email } = setUp();
      const registered = await register(registrations, email, password, false);
      await registrations.confirmNow(registered);
      expect(await registrations.withdraw(registered)).toBe(false);
      await registrations.deleteAll([registered._id]);
      expect(await registrations.find(email)).toBeNull();
      const again = await register(registrations, email, password, false);
      expect(await registrations.withdraw(again)).toBe(true);
      expect(await registrations.find(email)).toBeNull();
    });
  });

  describe('a password', () => {
    test('that is wrong is refused', async () => {
      const { registrations, email } = setUp();
      const registered = await register(registrations, email, password);
      for (const wrong of ['', 'Correct horse', `${password} `, `${password}\0`]) {
        await expect(registrations.verify({ email, password: wrong })).rejects.toEqual(refused);
        expect(await registrations.hasPassword(registered, wrong)).toBe(false);
      }
      expect(await registrations.hasPassword(registered, password)).toBe(true);
    });

    test('that is right reveals that the address is not confirmed, a wrong one does not', async () => {
      const { registrations, email } = setUp();
      await register(registrations, email, password, false);
      await expect(registrations.verify({ email, password })).rejects.toMatchObject({
        code: 'INVALID_CREDENTIALS',
        details: { reason: 'NOT_CONFIRMED' },
      });
      await expect(registrations.verify({ email, password: 'wrong' })).rejects.toEqual(refused);
    });

    test('costs one hash verification whether it exists, is confirmed or not', async () => {
      const hasher = createRecordingHasher();
      const { registrations, email } = setUp(hasher);
      await register(registrations, email, password, false);
      for (const given of [
        { email, password: 'wrong password' },
        { email: 'nobody@example.com', password },
        { email: 'no address', password },
        { email, password },
      ]) {
        await expect(registrations.verify(given)).rejects.toMatchObject({
          code: 'INVALID_CREDENTIALS',
        });
      }
      const parametersOf = (hash: string) => hash.split('$').slice(0, 4).join('$');
      expect(hasher.verified.map(parametersOf)).toEqual(
        Array.from({ length: 4 }, () => '$argon2id$v=19$m=64,t=1,p=1'),
      );
    });

    test('that is over-long, or comes with an over-long address, is refused without hashing', async () => {
      const hasher = createRecordingHasher();
      const { registrations, email } = setUp(hasher);
      const registered = await register(registrations, email, password);
      for (const given of [
        { email, password: 'x'.repeat(129) },
        { email, password: 'x'.repeat(1_000_000) },
        { email: `${'x'.repeat(255)}@example.com`, password },
      ]) {
        await expect(registrations.verify(given)).rejects.toEqual(refused);
      }
      expect(await registrations.hasPassword(registered, 'x'.repeat(129))).toBe(false);
      expect(hasher.verified).toEqual([]);
    });

    test('is not hashed anew while too many wait, and the log-in succeeds', async () => {
      const { collection, registrations, email } = setUp();
      await register(registrations, email, password);
      const cost = { memoryCost: 128, timeCost: 2, parallelism: 1 };
      const hasher = createPasswordHasher(cost);
      const busy = {
        ...hasher,
        hash: () => Promise.reject(new GatewayError('RATE_LIMITED', { retryAfterSeconds: 1 })),
      };
      const stronger = createRegistrations({
        ...{ assertNewPassword, collection, hasher: busy },
        now: () => START,
      });
      expect(await stronger.verify({ email, password })).toMatchObject({ email });
      expect((await registrations.find(email))?.passwordHash).toContain('m=64,t=1,p=1');
    });

    test('is hashed anew when the cost has changed', async () => {
      const { collection, registrations, email } = setUp();
      await register(registrations, email, password);
      const hasher = createPasswordHasher({ memoryCost: 128, timeCost: 2, parallelism: 1 });
      const stronger = createRegistrations({
        ...{ assertNewPassword, collection, hasher },
        now: () => START,
      });
      const hashOf = async () => (await registrations.find(email))?.passwordHash;

      await expect(stronger.verify({ email, password: 'wrong' })).rejects.toEqual(refused);
      expect(await hashOf()).toContain('m=64,t=1,p=1');
      await stronger.verify({ email, password });
      const rehashed = await hashOf();
      expect(rehashed).toContain('m=128,t=2,p=1');
      await stronger.verify({ email, password });
      expect(await hashOf()).toBe(rehashed);
    });
  });
});
