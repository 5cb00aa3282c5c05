import { expect, test } from '@jest/globals';
import type { Account } from '../../../src/account/account.ts';
import { createDeadline } from '../../../src/deadline.ts';
import { GatewayError } from '../../../src/errors.ts';
import { createEndpointCalls } from '../../../src/session/endpoint-calls.ts';
import type { Guess } from '../../../src/session/limits/limits.ts';
import type { EndpointCall } from '../../../src/session/operator-functions.ts';
import type { AccessClaims } from '../../../src/token/claims.ts';

const USER = { userId: 'user', identities: [], data: {} };
const ASKED = {
  ...{ name: 'f', argument: {} },
  request: { webhookUrl: '/f' } as EndpointCall['request'],
};

function callsOf(account: object | null = null) {
  const called: EndpointCall[] = [];
  const guesses: Guess<unknown>[] = [];
  const answer = { value: 1, answer: { headers: [] } };
  const calls = createEndpointCalls({
    accounts: { find: async () => account as Account | null },
    deadline: createDeadline(),
    functions: {
      async callEndpoint(call) {
        called.push(call);
        return answer;
      },
    },
    functionCalls: { readUser: async () => ({ user: USER, customData: { role: 'owner' } }) },
    renew: () => ({ callBuiltIn: async (_caller, name) => ({ name }) }),
    request: { ip: '2001:db8::1' },
    requestLimits: {
      guess: async (guess) => {
        guesses.push(guess as Guess<unknown>);
        return guess.run();
      },
    },
  });
  return { answer, called, calls, guesses };
}

test('for nobody a function runs as the system, in the turn of the network that the request is from', async () => {
  const { answer, called, calls } = callsOf();
  expect(await calls.asSystem(ASKED)).toBe(answer);
  const client = '20010db800000000/64';
  expect(called).toEqual([{ ...ASKED, user: null, customData: {}, client }]);
});

test('for a caller it sees the custom data only where it is to, and may call built-in functions', async () => {
  const { called, calls } = callsOf();
  const caller = { userId: 'user' } as AccessClaims;
  await calls.asCaller(caller, ASKED, false);
  await calls.asCaller(caller, ASKED, true);
  expect(called.map(({ customData, user }) => ({ customData, user }))).toEqual([
    { user: USER, customData: {} },
    { user: USER, customData: { role: 'owner' } },
  ]);
  expect(await called[0]?.builtIn?.('deleteCustomUserData', [])).toEqual({
    name: 'deleteCustomUserData',
  });
});

test('for a user that the app names there has to be an account that is not disabled', async () => {
  const { called, calls } = callsOf({ _id: 'named', identities: [], disabled: false });
  await calls.asUser('named', ASKED);
  expect(called).toMatchObject([{ user: { userId: 'named' }, customData: {} }]);
  for (const account of [null, { _id: 'named', identities: [], disabled: true }]) {
    await expect(callsOf(account).calls.asUser('named', ASKED)).rejects.toMatchObject({
      code: 'FUNCTION_FAILED',
      details: { function: 'f' },
    });
  }
});

test('of checks of a secret those that refuse it count as guesses, and no other failure', async () => {
  const { calls, guesses } = callsOf();
  await calls.guess(async () => 'right');
  expect(guesses[0]?.operation).toBe('callEndpoint');
  expect(guesses[0]?.isWrong(new GatewayError('INVALID_CREDENTIALS', {}))).toBe(true);
  expect(guesses[0]?.isWrong(new Error('else'))).toBe(false);
});
