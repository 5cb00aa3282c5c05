/** Whatever happens in whatever order, an identity leads to one account: the one a plain model names. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Accounts } from '../../../src/account/accounts.ts';
import { useAccounts } from '../../support/accounts.ts';
import { forEachStore } from '../../support/stores.ts';

const ANY_IDENTITY = fc.nat({ max: 3 });
/** Of those there are, in the order in which they were made. */
const ANY_USER = fc.nat({ max: 4 });

/** One step, by one of two gateways. */
const ANY_STEP = fc.record({
  gateway: fc.nat({ max: 1 }),
  type: fc.constantFrom('log in', 'log in', 'link', 'disable', 'enable', 'delete'),
  identity: ANY_IDENTITY,
  user: ANY_USER,
});

/** What the model knows of a user. */
interface ModelUser {
  readonly id: string;
  readonly identities: number[];
  isDisabled: boolean;
}

const proven = (run: number, identity: number) => ({
  provider: 'custom-function' as const,
  externalId: `run ${run}, identity ${identity}`,
  data: {},
});

/** What an operation came to: a user id, a reason or code, or `nobody`. */
const outcomeOf = (operation: Promise<{ readonly _id: string } | null>): Promise<string> =>
  operation.then(
    (account) => account?._id ?? 'nobody',
    ({ code, details }) => details.reason ?? code,
  );

/** The steps on accounts and model at once. */
function createWorld(run: number) {
  let users: ModelUser[] = [];
  const ownerOf = (identity: number) => users.find((user) => user.identities.includes(identity));

  const logIn = async (accounts: Accounts, identity: number) => {
    const outcome = await outcomeOf(accounts.findOrCreate(proven(run, identity)));
    const owner = ownerOf(identity);
    if (owner !== undefined) {
      return expect(outcome).toBe(owner.isDisabled ? 'ACCOUNT_DISABLED' : owner.id);
    }
    expect(users.map(({ id }) => id)).not.toContain(outcome);
    users.push({ id: outcome, identities: [identity], isDisabled: false });
  };

  const link = async (accounts: Accounts, user: ModelUser, identity: number) => {
    const outcome = await outcomeOf(accounts.link(user.id, proven(run, identity)));
    const owner = ownerOf(identity);
    if (user.isDisabled) return expect(outcome).toBe('nobody');
    if (owner !== undefined && owner !== user) return expect(outcome).toBe('IDENTITY_IN_USE');
    expect(outcome).toBe(user.id);
    if (owner === undefined) user.identities.push(identity);
  };

  const remove = async (accounts: Accounts, user: ModelUser) => {
    expect(await outcomeOf(accounts.beginDeletion(user.id))).toBe(user.id);
    await accounts.completeDeletion(user.id);
    users = users.filter((other) => other !== user);
  };

  return {
    async take(accounts: Accounts, { type, identity, user: index }: Step) {
      if (type === 'log in') return logIn(accounts, identity);
      const user = users[index % Math.max(1, users.length)];
      if (user === undefined) return;
      if (type === 'link') return link(accounts, user, identity);
      if (type === 'delete') return remove(accounts, user);
      user.isDisabled = type === 'disable';
      expect(await outcomeOf(accounts.setDisabled(user.id, user.isDisabled))).toBe(user.id);
    },

    async compare(accounts: Accounts) {
      for (let identity = 0; identity <= 3; identity += 1) {
        const found = await accounts.findByIdentity(proven(run, identity));
        expect(found?._id).toBe(ownerOf(identity)?.id);
      }
      for (const { id, identities, isDisabled } of users) {
        const found = await accounts.find(id);
        expect(found?.disabled).toBe(isDisabled);
        expect(found?.identities.map(({ externalId }) => externalId)).toEqual(
          identities.map((identity) => proven(run, identity).externalId),
        );
      }
    },
  };
}

type Step = typeof ANY_STEP extends fc.Arbitrary<infer Value> ? Value : never;

forEachStore('accounts and a model of them', (openStore) => {
  const setUp = useAccounts(openStore);
  let run = 0;

  test('agree after any steps of two gateways', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ANY_STEP, { minLength: 1, maxLength: 30 }), async (steps) => {
        run += 1;
        const { inTurn } = setUp();
        const world = createWorld(run);
        for (const step of steps) await world.take(inTurn(step.gateway), step);
        await world.compare(inTurn(run));
      }),
    );
  }, 60_000);
});
