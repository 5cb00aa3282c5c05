/** A reset that is cut off, or that something runs beside: no way in stays. */
import { expect, test } from '@jest/globals';
import { serviceUnavailable } from '../../../src/errors.ts';
import type { DocumentCollection, Store } from '../../../src/store/port.ts';
import { useAccountGateway } from '../../support/account-gateway.ts';
import { logIn, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const planted = 'the password of an intruder';
const password = 'the password of the owner';

type UpdateHook = (collection: string, update: object) => Promise<void> | void;

/** The same collection with other methods in the place of some. A copy would lack those of a class. */
function replacing(
  collection: DocumentCollection,
  methods: Partial<DocumentCollection>,
): DocumentCollection {
  return new Proxy(collection, {
    get(target, name: keyof DocumentCollection) {
      const member = methods[name] ?? target[name];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** A store that calls `hook` before each update of a collection. */
function watchUpdates(store: Store, hook: UpdateHook): Store {
  const watch = (name: string, collection: DocumentCollection): DocumentCollection =>
    replacing(collection, {
      async updateOne(filter, update, options) {
        await hook(name, update);
        return collection.updateOne(filter, update, options);
      },
      async findOneAndUpdate(filter, update, options) {
        await hook(name, update);
        return collection.findOneAndUpdate(filter, update, options);
      },
      within: (deadline) => watch(name, collection.within(deadline)),
    });
  return {
    ...store,
    collection: async (definition) => watch(definition.name, await store.collection(definition)),
  };
}

describeOnEveryStore('a reset', (provideStore) => {
  let hook: UpdateHook = () => undefined;
  const account = useAccountGateway(
    provideStore,
    {},
    { wrapStore: (store) => watchUpdates(store, (name, update) => hook(name, update)) },
  );
  const { anonymous, askForReset, confirm, createApiKey, link, register, resetWith, send } =
    account;
  const external = (id: string) => ({ function: { payload: { id } } });
  const byEmail = (email: string, given: string) => ({ emailPassword: { email, password: given } });

  test('that is cut off before the password is set leaves no way in, and its link works', async () => {
    const email = 'cut-off@example.com';
    await register(email, planted);
    await confirm(email);
    const intruder = await mustLogIn(send, byEmail(email, planted));
    const { key } = await createApiKey(intruder.accessToken, 'planted');
    await link(intruder.accessToken, external('planted at cut-off'));
    const given = await askForReset(email);
    hook = (name, update) => {
      if (name === 'registrations' && JSON.stringify(update).includes('isProven')) {
        throw serviceUnavailable(new Error('the power went'));
      }
    };
    expect((await resetWith(given, password)).code).toBe('SERVICE_UNAVAILABLE');
    hook = () => undefined;
    for (const secret of [planted, password]) {
      expect((await logInByEmail(send, email, secret)).code).toBe('INVALID_CREDENTIALS');
    }
    expect((await logIn(send, { apiKey: { key } })).code).toBe('INVALID_CREDENTIALS');
    expect((await mustLogIn(send, external('planted at cut-off'))).user.id).not.toBe(
      intruder.user.id,
    );
    expect((await resetWith(given, password)).code).toBeUndefined();
    expect((await mustLogIn(send, byEmail(email, password))).user.id).toBe(intruder.user.id);
  });

  test('of an address that is being linked with the password of before undoes the link', async () => {
    const email = 'being-linked@example.com';
    await register(email, planted);
    await confirm(email);
    const intruder = await anonymous();
    const { key } = await createApiKey(intruder.accessToken, 'planted');
    const given = await askForReset(email);
    hook = async (name, update) => {
      if (name !== 'accounts' || !('$push' in update)) return;
      hook = () => undefined;
      expect((await resetWith(given, password)).code).toBeUndefined();
    };
    expect((await link(intruder.accessToken, byEmail(email, planted))).code).toBe(
      'INVALID_CREDENTIALS',
    );
    const owner = await mustLogIn(send, byEmail(email, password));
    expect(owner.user.id).not.toBe(intruder.user.id);
    expect((await mustLogIn(send, { apiKey: { key } })).user.id).toBe(intruder.user.id);
  });

  test('beside which a link was let in shuts it out', async () => {
    const email = 'let-in@example.com';
    await register(email, planted);
    await confirm(email);
    const intruder = await mustLogIn(send, byEmail(email, planted));
    const given = await askForReset(email);
    hook = async (name, update) => {
      if (name !== 'accounts' || !('$push' in update)) return;
      hook = () => undefined;
      expect((await resetWith(given, password)).code).toBeUndefined();
    };
    const answer = await link(intruder.accessToken, external('let in'));
    expect(answer.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
    const owner = await mustLogIn(send, byEmail(email, password));
    expect(owner.user.id).toBe(intruder.user.id);
    expect((await mustLogIn(send, external('let in'))).user.id).not.toBe(owner.user.id);
  });

  test('of an address with two identities of the version before frees the other one', async () => {
    const [owned, other] = ['owned@two.example', 'other@two.example'];
    for (const email of [owned, other]) {
      await register(email, planted);
      await confirm(email);
    }
    const { user } = await mustLogIn(send, byEmail(other, planted));
    const accounts = await provideStore().openState('accounts');
    const registrations = await provideStore().openState('registrations');
    const second = await registrations.findOne<Record<string, unknown>>({ email: owned });
    const identity = {
      ...{ id: second?._id, provider: 'local-userpass', externalId: owned },
      ...{ data: { email: owned }, createdAt: new Date() },
    };
    await accounts.updateOne(
      { _id: user.id },
      { $push: { identities: identity, identityKeys: `local-userpass:${owned}` } },
    );
    expect((await mustLogIn(send, byEmail(owned, planted))).user.id).toBe(user.id);
    await resetWith(await askForReset(owned), password);
    expect((await mustLogIn(send, byEmail(owned, password))).user.id).toBe(user.id);
    expect((await logInByEmail(send, other, planted)).code).toBe('INVALID_CREDENTIALS');
    expect((await register(other, planted)).code).toBeUndefined();
  });
});
