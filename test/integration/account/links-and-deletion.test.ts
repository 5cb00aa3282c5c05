import { describe, expect, test } from '@jest/globals';
import { MAX_IDENTITIES } from '../../../src/account/account-identities.ts';
import { useAccounts } from '../../support/accounts.ts';
import { forEachStore } from '../../support/stores.ts';

forEachStore('accounts', (openStore) => {
  const setUp = useAccounts(openStore);

  describe('linking', () => {
    test('adds an identity to the account, once', async () => {
      const { accounts, logIn } = setUp();
      const { _id } = await accounts.createAnonymous();
      const linked = await accounts.link(_id, { ...logIn, data: { name: 'Ada' } });
      expect(linked?.identities.map((identity) => identity.provider)).toEqual([
        'anon-user',
        'custom-token',
      ]);
      expect(await accounts.link(_id, logIn)).toEqual(linked);
      expect((await accounts.findOrCreate({ ...logIn, data: { name: 'Ada' } }))._id).toBe(_id);
    });

    test('an identity of another account is refused and changes neither', async () => {
      const { accounts, logIn } = setUp();
      const owner = await accounts.findOrCreate(logIn);
      const caller = await accounts.createAnonymous();
      await expect(accounts.link(caller._id, logIn)).rejects.toMatchObject({
        code: 'IDENTITY_IN_USE',
      });
      expect(await accounts.find(owner._id)).toEqual(owner);
      expect(await accounts.find(caller._id)).toEqual(caller);
    });

    test('of one identity by many accounts at once succeeds for one', async () => {
      const { accounts, inTurn, logIn } = setUp();
      const callers = await Promise.all(
        Array.from({ length: 10 }, () => accounts.createAnonymous()),
      );
      const results = await Promise.allSettled(
        callers.map(({ _id }, index) => inTurn(index).link(_id, logIn)),
      );
      const codes = results.map((result) =>
        result.status === 'fulfilled' ? 'linked' : result.reason.code,
      );
      expect(codes.sort()).toEqual([...Array(9).fill('IDENTITY_IN_USE'), 'linked']);
    });

    test('and a first log-in with the same identity at once leave it with one account', async () => {
      const { accounts, inTurn, logIn } = setUp();
      const { _id } = await accounts.createAnonymous();
      const [linked, made] = await Promise.allSettled([
        inTurn(0).link(_id, logIn),
        inTurn(1).findOrCreate(logIn),
      ]);
      const owner = await accounts.findByIdentity(logIn);
      expect(made).toMatchObject({ status: 'fulfilled', value: { _id: owner?._id } });
      expect(linked.status).toBe(owner?._id === _id ? 'fulfilled' : 'rejected');
    });

    test('is not for disabled or absent accounts', async () => {
      const { accounts, logIn } = setUp();
      const { _id } = await accounts.createAnonymous();
      await accounts.setDisabled(_id, true);
      expect(await accounts.link(_id, logIn)).toBeNull();
      expect(await accounts.link('000000000000000000000000', logIn)).toBeNull();
      expect(await accounts.findByIdentity(logIn)).toBeNull();
    });

    test('stops at the bound', async () => {
      const { accounts, logIn } = setUp();
      const { _id } = await accounts.createAnonymous();
      for (let number = 1; number < MAX_IDENTITIES; number += 1) {
        await accounts.link(_id, { ...logIn, externalId: `${logIn.externalId}/${number}` });
      }
      await expect(accounts.link(_id, logIn)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      const again = { ...logIn, externalId: `${logIn.externalId}/1` };
      expect((await accounts.link(_id, again))?.identities).toHaveLength(MAX_IDENTITIES);
    });
  });

  describe('a deletion', () => {
    test('that was begun hides the account, and completed removes it', async () => {
      const { accounts, logIn, collection } = setUp();
      const { _id } = await accounts.findOrCreate(logIn);
      expect(await accounts.beginDeletion(_id)).toMatchObject({ _id, disabled: true });
      expect(await accounts.find(_id)).toBeNull();
      expect(await accounts.findByIdentity(logIn)).toBeNull();
      expect(await accounts.setDisabled(_id, false)).toBeNull();
      expect(await accounts.link(_id, { ...logIn, externalId: 'another' })).toBeNull();
      expect(await accounts.beginDeletion(_id)).toMatchObject({ _id });
      await accounts.completeDeletion(_id);
      expect(await collection.findOne({ _id })).toBeNull();
      expect(await accounts.beginDeletion(_id)).toBeNull();
    });

    test('that was cut off is completed by the next log-in, which makes a new account', async () => {
      const completed: string[] = [];
      const { accounts, logIn } = setUp({
        completeDeletion: async ({ _id }) => {
          completed.push(_id);
          await accounts.completeDeletion(_id);
        },
      });
      const { _id } = await accounts.findOrCreate(logIn);
      await accounts.beginDeletion(_id);
      const next = await accounts.findOrCreate(logIn);
      expect(completed).toEqual([_id]);
      expect(next._id).not.toBe(_id);
    });

    test('is not completed for an account that is not being deleted', async () => {
      const { accounts } = setUp();
      const account = await accounts.createAnonymous();
      await accounts.completeDeletion(account._id);
      expect(await accounts.find(account._id)).toEqual(account);
    });
  });
});
