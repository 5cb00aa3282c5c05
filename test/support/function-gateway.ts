/** A gateway whose accounts are in the hands of functions that a test can change as it goes. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { createFakeFunctions, type FakeFunction } from './fake-functions.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import type { ProvidedStore } from './gateway-stores.ts';
import { createGraphQLClient, type SendOperation } from './graphql-client.ts';

/** What each function does; every test begins with ones that agree to everything. */
export type Behaviour = Record<'auth' | 'confirm' | 'reset' | 'created', FakeFunction>;

/** The gateway, its functions, and what they were called with. */
export interface FunctionGateway {
  readonly send: SendOperation;
  readonly behaviour: Behaviour;
  /** The calls of one function, the latest last. */
  readonly callsOf: (name: keyof Behaviour) => readonly {
    readonly origin: string;
    readonly user: { readonly id: string; readonly type: string };
    readonly args: readonly unknown[];
  }[];
  /** The first argument of the latest call. */
  readonly latestArgument: (name: keyof Behaviour) => Readonly<Record<string, unknown>>;
  readonly newEmail: () => string;
}

const AGREE: Behaviour = {
  auth: () => undefined,
  confirm: () => ({ status: 'success' }),
  reset: () => ({ status: 'success' }),
  created: () => undefined,
};

/** Starts the gateway before all tests. The result is good in hooks and tests only. */
export function useFunctionGateway(provideStore: () => ProvidedStore): FunctionGateway {
  const behaviour: Behaviour = { ...AGREE };
  const names = Object.keys(AGREE) as (keyof Behaviour)[];
  const functions = createFakeFunctions(
    Object.fromEntries(names.map((name) => [name, (...args) => behaviour[name](...args)])),
  );
  let gateway: TestGateway;
  let send: SendOperation;
  let count = 0;
  beforeAll(async () => {
    gateway = await startGateway(
      {
        ...provideStore().env,
        FUNCTIONS_DIR: 'functions',
        AUTH_FUNCTION: 'auth',
        EMAIL_CONFIRMATION: 'function',
        EMAIL_CONFIRMATION_FUNCTION: 'confirm',
        PASSWORD_RESET: 'function',
        PASSWORD_RESET_FUNCTION: 'reset',
        ON_USER_CREATION_FUNCTION: 'created',
      },
      { openFunctions: functions.open },
    );
    send = createGraphQLClient(gateway.url);
  });
  beforeEach(() => {
    Object.assign(behaviour, AGREE);
  });
  afterAll(() => gateway.stop());
  const callsOf: FunctionGateway['callsOf'] = (name) =>
    functions.calls.filter((call) => call.name === name);
  return {
    send: (query, options) => send(query, options),
    behaviour,
    callsOf,
    latestArgument: (name) => {
      const call = callsOf(name).at(-1);
      if (call === undefined) throw new Error(`The function ${name} was not called`);
      return call.args[0] as Readonly<Record<string, unknown>>;
    },
    newEmail: () => {
      count += 1;
      return `function-${count}@example.com`;
    },
  };
}
