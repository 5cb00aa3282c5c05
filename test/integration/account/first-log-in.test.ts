/** The session of a new account is stored before the account is, and belongs to nobody else. */
import { beforeEach, expect, test } from '@jest/globals';
import { logIn, mustLogIn } from '../../support/account-operations.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';
import { useRealmGateway } from '../../support/realm-gateway.ts';
import { type BeforeOperation, createHold, withSteps } from '../../support/store-steps.ts';

describeOnEveryStore('a first log-in', (provideStore) => {
  let before: BeforeOperation = () => undefined;
  const realm = useRealmGateway(
    provideStore,
    { authFunction: (({ id }: { id: string }) => id) as never },
    {},
    { wrapStore: withSteps((operation) => before(operation)) },
  );
  let send: SendOperation;
  beforeEach(() => {
    before = () => undefined;
    send = createGraphQLClient(realm().gateway.url);
  });
  const readUserIds = async (collection: string, field: string) =>
    (await provideStore().readAll(collection)).map((document) => document[field]);
  const as = (id: string) => ({ function: { payload: { id } } });

  test.each([
    ['anonymous', { anonymous: true }],
    ['by an identity', as('ada')],
  ])('%s: what is done to the account finds the session', async (_how, credentials) => {
    const hold = createHold('insertOne', 'accounts');
    before = hold.before;
    const known = await readUserIds('accounts', '_id');
    const logging = mustLogIn(send, credentials);
    await hold.reached;
    const waiting = (await readUserIds('sessions', 'userId')).filter((id) => !known.includes(id));
    expect(waiting).toHaveLength(1);
    expect(await readUserIds('accounts', '_id')).not.toContain(waiting[0]);
    hold.release();
    expect((await logging).user.id).toBe(waiting[0]);
  });

  test('that is the slower of two begins a session of the account that the other made', async () => {
    const hold = createHold('insertOne', 'accounts');
    before = hold.before;
    const slower = mustLogIn(send, as('grace'));
    await hold.reached;
    const faster = await mustLogIn(send, as('grace'));
    hold.release();
    const { accessToken, user } = await slower;
    expect(user.id).toBe(faster.user.id);
    for (const token of [accessToken, faster.accessToken]) {
      expect((await send(OPERATIONS.refreshCustomData, { token })).code).toBeUndefined();
    }
    const accounts = await readUserIds('accounts', '_id');
    for (const userId of await readUserIds('sessions', 'userId')) {
      expect(accounts).toContain(userId);
    }
  });

  test('that cannot make the account leaves no session', async () => {
    const sessions = await readUserIds('sessions', '_id');
    before = ({ collection, name }) => {
      if (collection === 'accounts' && name === 'insertOne') throw new Error('a fault');
    };
    expect((await logIn(send, as('mary'))).code).toBe('INTERNAL_SERVER_ERROR');
    expect(await readUserIds('sessions', '_id')).toEqual(sessions);
    before = () => undefined;
    expect((await logIn(send, as('mary'))).code).toBeUndefined();
  });
});
