import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  ACCOUNTS_COLLECTION,
  type Account,
  createAccounts,
} from '../../../src/account/accounts.ts';
import { createPasswordHasher, type PasswordHasher } from '../../../src/account/passwords.ts';
import type { Document, DocumentCollection } from '../../../src/store/port.ts';
import { forEachStore } from '../../support/stores.ts';
import { START } from '../../support/test-tokens.ts';

const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 };
const refused = expect.objectContaining({ code: 'INVALID_CREDENTIALS', details: {} });
const password = 'correct horse';

/** A hasher that records which hashes were verified. */
function createRecordingHasher(cost = cheap): PasswordHasher & { readonly verified: string[] } {
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

forEachStore('accounts', (openStore) => {
  let collection: DocumentCollection;
  let other: DocumentCollection;
  let count = 0;

  beforeAll(async () => {
    collection = await (await openStore()).collection(ACCOUNTS_COLLECTION);
    other = await (await openStore()).collection(ACCOUNTS_COLLECTION);
  });

  function setUp(hasher: PasswordHasher = createPasswordHasher(cheap)) {
    count += 1;
    const email = `user-${count}@example.com`;
    return { accounts: createAccounts({ collection, now: () => START, hasher }), email };
  }

  const disable = (account: Account) =>
    collection.updateOne({ _id: account._id }, { $set: { disabled: true } });

  describe('an anonymous account', () => {
    test('is a new one each time and can be found by its id', async () => {
      const { accounts } = setUp();
      const [first, second] = [await accounts.createAnonymous(), await accounts.createAnonymous()];
      expect(first._id).toMatch(/^[0-9a-f]{24}$/);
      expect(first._id).not.toBe(second._id);
      expect(await accounts.find(first._id)).toEqual(first);
      expect(first).toEqual({
        _id: first._id,
        createdAt: new Date(START),
        disabled: false,
        identities: [
          {
            id: expect.stringMatching(/^[0-9a-f]{24}$/),
            provider: 'anon-user',
            externalId: first.identities[0]?.id,
            data: {},
            createdAt: new Date(START),
          },
        ],
        identityKeys: [`anon-user:${first.identities[0]?.id}`],
      });
    });

    test('that does not exist is null', async () => {
      expect(await setUp().accounts.find('000000000000000000000000')).toBeNull();
    });
  });

  describe('an e-mail account', () => {
    test('is logged in to with its password and keeps its id', async () => {
      const { accounts, email } = setUp();
      const registered = await accounts.registerEmailPassword({ email, password });
      const loggedIn = await accounts.verifyEmailPassword({ email, password });
      expect(loggedIn).toEqual(registered);
      expect(loggedIn.identities[0]).toMatchObject({ provider: 'local-userpass', data: { email } });
    });

    test('stores a PHC string of argon2id and nothing of the password', async () => {
      const { accounts, email } = setUp();
      const { _id } = await accounts.registerEmailPassword({ email, password });
      const stored = await collection.findOne<Document>({ _id });
      expect(JSON.stringify(stored)).not.toContain(password);
      expect(JSON.stringify(stored)).toContain('$argon2id$v=19$m=64,t=1,p=1$');
    });

    test('exists once, also when two register at once', async () => {
      const { accounts, email } = setUp();
      const elsewhere = createAccounts({
        collection: other,
        now: () => START,
        hasher: createPasswordHasher(cheap),
      });
      const results = await Promise.allSettled(
        [accounts, elsewhere, accounts, elsewhere].map((each) =>
          each.registerEmailPassword({ email, password }),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        expect(result.reason).toMatchObject({ code: 'ACCOUNT_EXISTS', details: {} });
      }
    });

    test('is made once if the driver sends its insert twice', async () => {
      const { email } = setUp();
      const twice: DocumentCollection = {
        ...collection,
        insertOne: async (document) => {
          await collection.insertOne(document);
          return collection.insertOne(document);
        },
      };
      const hasher = createPasswordHasher(cheap);
      const accounts = createAccounts({ collection: twice, now: () => START, hasher });
      const account = await accounts.registerEmailPassword({ email, password });
      expect(await accounts.find(account._id)).toEqual(account);
    });

    test('compares the address exactly as written', async () => {
      const { accounts, email } = setUp();
      const lower = await accounts.registerEmailPassword({ email, password });
      const address = email.toUpperCase();
      const upper = await accounts.registerEmailPassword({ email: address, password: 'other one' });
      expect(upper._id).not.toBe(lower._id);
      await expect(accounts.verifyEmailPassword({ email: address, password })).rejects.toEqual(
        refused,
      );
    });

    test('is not reached by a wrong password, or once disabled', async () => {
      const { accounts, email } = setUp();
      const account = await accounts.registerEmailPassword({ email, password });
      for (const wrong of ['', 'Correct horse', `${password} `, `${password}\0`]) {
        await expect(accounts.verifyEmailPassword({ email, password: wrong })).rejects.toEqual(
          refused,
        );
      }
      await disable(account);
      await expect(accounts.verifyEmailPassword({ email, password })).rejects.toEqual(refused);
    });

    test('is not reached through an external identity of the same name', async () => {
      const { accounts, email } = setUp();
      const { _id } = await accounts.registerEmailPassword({ email, password });
      const external = { provider: 'custom-token', externalId: email, data: {} } as const;
      expect((await accounts.findOrCreate(external))._id).not.toBe(_id);
    });

    test('costs one hash verification whether it exists, is disabled or not', async () => {
      const hasher = createRecordingHasher();
      const { accounts, email } = setUp(hasher);
      const account = await accounts.registerEmailPassword({ email, password });
      const logIn = (given: { email: string; password: string }) =>
        accounts.verifyEmailPassword(given).catch((error: unknown) => error);

      const wrong = await logIn({ email, password: 'wrong password' });
      const absent = await logIn({ email: 'nobody@example.com', password });
      const malformed = await logIn({ email: 'no address', password });
      await disable(account);
      const disabled = await logIn({ email, password });

      expect([wrong, absent, malformed, disabled]).toEqual([refused, refused, refused, refused]);
      const parametersOf = (hash: string) => hash.split('$').slice(0, 4).join('$');
      expect(hasher.verified.map(parametersOf)).toEqual(
        Array.from({ length: 4 }, () => '$argon2id$v=19$m=64,t=1,p=1'),
      );
    });

    test('an over-long address or password is refused without hashing', async () => {
      const hasher = createRecordingHasher();
      const { accounts, email } = setUp(hasher);
      await accounts.registerEmailPassword({ email, password });
      for (const given of [
        { email, password: 'x'.repeat(129) },
        { email, password: 'x'.repeat(1_000_000) },
        { email: `${'x'.repeat(255)}@example.com`, password },
      ]) {
        await expect(accounts.verifyEmailPassword(given)).rejects.toEqual(refused);
      }
      expect(hasher.verified).toEqual([]);
    });

    test('has its password hashed anew when the cost has changed', async () => {
      const { accounts, email } = setUp();
      const { _id } = await accounts.registerEmailPassword({ email, password });
      const cost = { memoryCost: 128, timeCost: 2, parallelism: 1 };
      const stronger = createAccounts({
        collection,
        now: () => START,
        hasher: createPasswordHasher(cost),
      });
      const hashOf = async () => (await accounts.find(_id))?.identities[0]?.passwordHash;

      await expect(stronger.verifyEmailPassword({ email, password: 'wrong' })).rejects.toEqual(
        refused,
      );
      expect(await hashOf()).toContain('m=64,t=1,p=1');
      await stronger.verifyEmailPassword({ email, password });
      const rehashed = await hashOf();
      expect(rehashed).toContain('m=128,t=2,p=1');
      await stronger.verifyEmailPassword({ email, password });
      expect(await hashOf()).toBe(rehashed);
    });
  });

  describe('an external identity', () => {
    const provider = 'custom-token' as const;

    test('leads to the same account at every log-in', async () => {
      const { accounts, email } = setUp();
      const logIn = { provider, externalId: email, data: { name: 'Ada' } };
      const first = await accounts.findOrCreate(logIn);
      expect((await accounts.findOrCreate(logIn))._id).toBe(first._id);
      expect(first.identities).toHaveLength(1);
      expect(first.identities[0]).toMatchObject(logIn);
    });

    test('makes one account of many first log-ins at once', async () => {
      const { accounts, email } = setUp();
      const elsewhere = createAccounts({ collection: other, now: () => START });
      const logIn = { provider, externalId: email, data: {} };
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? accounts : elsewhere).findOrCreate(logIn),
        ),
      );
      expect(new Set(found.map((account) => account._id)).size).toBe(1);
      expect(await collection.find({ identityKeys: `${provider}:${email}` })).toHaveLength(1);
    });

    test('has its data replaced by what the provider says now', async () => {
      const { accounts, email } = setUp();
      const logIn = { provider, externalId: email };
      const first = await accounts.findOrCreate({ ...logIn, data: { name: 'Ada', age: 1 } });
      const data = { name: 'Ada L.', roles: ['reader'] };
      const second = await accounts.findOrCreate({ ...logIn, data });
      expect(second.identities[0]?.data).toEqual(data);
      expect(await accounts.find(first._id)).toEqual(second);
    });

    test('of a disabled account is refused', async () => {
      const { accounts, email } = setUp();
      const logIn = { provider, externalId: email, data: {} };
      await disable(await accounts.findOrCreate(logIn));
      await expect(accounts.findOrCreate(logIn)).rejects.toEqual(refused);
    });

    test('cannot be chosen to look like another provider', async () => {
      const { accounts } = setUp();
      const account = await accounts.findOrCreate({ provider, externalId: 'x:y', data: {} });
      expect(account.identityKeys).toEqual(['custom-token:x:y']);
    });
  });
});
