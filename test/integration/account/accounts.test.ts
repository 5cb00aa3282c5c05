import { describe, expect, test } from '@jest/globals';
import type { Account } from '../../../src/account/account.ts';
import { createAccounts } from '../../../src/account/accounts.ts';
import { ObjectId } from '../../../src/bson.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import { useAccounts } from '../../support/accounts.ts';
import { forEachStore } from '../../support/stores.ts';
import { START } from '../../support/test-tokens.ts';

const disabled = expect.objectContaining({
  code: 'INVALID_CREDENTIALS',
  details: { reason: 'ACCOUNT_DISABLED' },
});
const provider = 'custom-token' as const;

forEachStore('accounts', (openStore) => {
  const setUp = useAccounts(openStore);

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

    test('is made once if the driver sends its insert twice', async () => {
      const { collection } = setUp();
      const twice: DocumentCollection = {
        ...collection,
        insertOne: async (document) => {
          await collection.insertOne(document);
          return collection.insertOne(document);
        },
      };
      const accounts = createAccounts({ collection: twice, now: () => START });
      const account = await accounts.createAnonymous();
      expect(await accounts.find(account._id)).toEqual(account);
    });
  });

  describe('an identity', () => {
    test('leads to the same account at every log-in', async () => {
      const { accounts, logIn } = setUp();
      const first = await accounts.findOrCreate({ ...logIn, data: { name: 'Ada' } });
      expect((await accounts.findOrCreate({ ...logIn, data: { name: 'Ada' } }))._id).toBe(
        first._id,
      );
      expect(first.identities).toHaveLength(1);
      expect(first.identities[0]).toMatchObject({ ...logIn, data: { name: 'Ada' } });
      expect(await accounts.findByIdentity(logIn)).toEqual(first);
    });

    test('makes one account of many first log-ins at once', async () => {
      const { inTurn, logIn, collection } = setUp();
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, index) => inTurn(index).findOrCreate(logIn)),
      );
      expect(new Set(found.map((account) => account._id)).size).toBe(1);
      const identityKeys = `${provider}:${logIn.externalId}`;
      expect(await collection.find({ identityKeys })).toHaveLength(1);
    });

    test('gets the ids that were promised to it', async () => {
      const { accounts, logIn } = setUp();
      const ids = { id: '0123456789abcdef01234567', userId: new ObjectId().toHexString() };
      const account = await accounts.findOrCreate({ ...logIn, ...ids });
      expect(account).toMatchObject({ _id: ids.userId, identities: [{ id: ids.id }] });
    });

    test('that was removed from the account it had made is refused, since the id is taken', async () => {
      const { accounts, logIn } = setUp();
      const ids = { id: new ObjectId().toHexString(), userId: new ObjectId().toHexString() };
      const externalId = `removed-${logIn.externalId}@example.com`;
      const made = { ...ids, provider: 'local-userpass', externalId, data: {} } as const;
      await accounts.findOrCreate(made);
      await accounts.link(ids.userId, logIn);
      await accounts.purge(ids.userId, 'somebody.else@example.com');
      expect((await accounts.find(ids.userId))?.identities).toEqual([]);
      await expect(accounts.findOrCreate(made)).rejects.toMatchObject({
        code: 'INVALID_CREDENTIALS',
      });
    });

    test('has its data replaced by what the provider says now', async () => {
      const { accounts, logIn } = setUp();
      const first = await accounts.findOrCreate({ ...logIn, data: { name: 'Ada', age: 1 } });
      const data = { name: 'Ada L.', roles: ['reader'] };
      const second = await accounts.findOrCreate({ ...logIn, data });
      expect(second.identities[0]?.data).toEqual(data);
      expect(await accounts.find(first._id)).toEqual(second);
    });

    test('of a disabled account is refused until it is enabled', async () => {
      const { accounts, logIn } = setUp();
      const { _id } = await accounts.findOrCreate(logIn);
      expect(await accounts.setDisabled(_id, true)).toMatchObject({ disabled: true });
      await expect(accounts.findOrCreate(logIn)).rejects.toEqual(disabled);
      expect(await accounts.findByIdentity(logIn)).toMatchObject({ _id, disabled: true });
      expect(await accounts.setDisabled(_id, false)).toMatchObject({ disabled: false });
      expect((await accounts.findOrCreate(logIn))._id).toBe(_id);
    });

    test('cannot be chosen to look like another provider', async () => {
      const { accounts } = setUp();
      const account = await accounts.findOrCreate({ provider, externalId: 'x:y', data: {} });
      expect(account.identityKeys).toEqual(['custom-token:x:y']);
    });
  });

  describe('before an account exists', () => {
    test('the hook sees it, and if the hook fails there is none', async () => {
      const seen: Account[] = [];
      const { accounts, logIn } = setUp({
        beforeCreation: async (account) => {
          seen.push(account);
          if (seen.length === 1) throw new Error('refused');
        },
      });
      await expect(accounts.findOrCreate(logIn)).rejects.toThrow('refused');
      expect(await accounts.findByIdentity(logIn)).toBeNull();
      const made = await accounts.findOrCreate(logIn);
      expect(seen[1]).toEqual(made);
      await accounts.findOrCreate(logIn);
      expect(seen).toHaveLength(2);
    });

    test('the hook of log-ins that come too late hears which ids are not used', async () => {
      const shown: string[] = [];
      const unused: string[] = [];
      const { inTurn, logIn } = setUp({
        beforeCreation: async ({ _id }) => {
          shown.push(_id);
        },
        onUnusedId: async (userId) => {
          unused.push(userId);
        },
      });
      const found = await Promise.all(
        Array.from({ length: 10 }, (_, index) => inTurn(index).findOrCreate(logIn)),
      );
      const made = found[0]?._id;
      expect(unused.sort()).toEqual(shown.filter((userId) => userId !== made).sort());
      expect(shown).toContain(made);
    });
  });

  test('ending all sessions is counted, and so is disabling', async () => {
    const { accounts } = setUp();
    const { _id } = await accounts.createAnonymous();
    await accounts.cutSessions(_id);
    expect(await accounts.find(_id)).toMatchObject({ sessionCuts: 1 });
    await accounts.setDisabled(_id, true);
    await accounts.setDisabled(_id, false);
    expect(await accounts.find(_id)).toMatchObject({ sessionCuts: 2 });
  });

  test('the list is in pages, and by e-mail address or provider', async () => {
    const { accounts, logIn } = setUp();
    const data = { email: `${logIn.externalId}@example.com` };
    const made = [
      await accounts.findOrCreate({ ...logIn, data }),
      await accounts.findOrCreate({ ...logIn, provider: 'oauth2-google', data }),
      await accounts.findOrCreate({ ...logIn, provider: 'oauth2-apple', data }),
    ];
    const ids = made.map(({ _id }) => _id).sort();
    const idsOf = async (query: object) =>
      (await accounts.list({ limit: 10, ...query })).map(({ _id }) => _id);
    expect(await idsOf(data)).toEqual(ids);
    expect(await idsOf({ ...data, limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await idsOf({ ...data, after: ids[1] ?? '' })).toEqual(ids.slice(2));
    expect(await idsOf({ ...data, provider: 'oauth2-apple' })).toEqual([made[2]?._id]);
    await accounts.beginDeletion(ids[0] ?? '');
    expect(await idsOf(data)).toEqual(ids.slice(1));
    expect(await idsOf({ email: 'nobody@example.com' })).toEqual([]);
  });
});
