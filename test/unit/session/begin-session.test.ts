/** What a log-in notes for triggers, and when. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Account } from '../../../src/account/account.ts';
import type { Prepare } from '../../../src/account/accounts.ts';
import { GatewayError } from '../../../src/errors.ts';
import { type BeginParts, beginSession } from '../../../src/session/begin-session.ts';
import type { SessionStart } from '../../../src/session/issuer.ts';
import type { AuthEvent } from '../../../src/session/operator-functions.ts';

const ACCOUNT: Account = {
  _id: '0123456789abcdef01234567',
  createdAt: new Date(0),
  disabled: false,
  identities: [],
  identityKeys: [],
};

/** What happened, in order. */
let steps: string[];
let parts: BeginParts;
/** What goes wrong. */
let failing: { readonly account?: Error; readonly session?: Error; isCut?: boolean };

beforeEach(() => {
  steps = [];
  failing = {};
  const fake = {
    providers: ['anonymous', 'api-key'],
    config: { functions: { onUserCreation: undefined } },
    accounts: {
      async createAnonymous(prepare: Prepare) {
        const takeBack = await prepare(ACCOUNT, true);
        steps.push('account');
        if (failing.account !== undefined) throw failing.account;
        if (failing.isCut) await takeBack();
        return ACCOUNT;
      },
      find: async () => (failing.isCut && steps.includes('session') ? null : ACCOUNT),
    },
    apiKeys: { verify: async () => ({ id: 'k1', isUnused: false, userId: ACCOUNT._id }) },
    authEvents: {
      async note(events: readonly AuthEvent[]) {
        steps.push(
          `noted ${events.map(({ operation, providers }) => `${operation} ${providers}`)}`,
        );
        return {
          happened: () => steps.push('happened'),
          withdraw: async () => steps.push('withdrawn'),
        };
      },
    },
    issuer: {
      async startSession(_account: Account, { alsoStore }: SessionStart) {
        steps.push('session');
        await alsoStore?.();
        if (failing.session !== undefined) throw failing.session;
        return { claims: { sessionId: 's1' } };
      },
    },
    records: { end: async () => steps.push('ended') },
  };
  parts = fake as unknown as BeginParts;
});

const logIn = (provider: 'anonymous' | 'api-key') =>
  beginSession(parts, {
    credentials: provider === 'anonymous' ? { provider } : { provider, key: 'key' },
    meant: {},
  });

describe('a first log-in', () => {
  test('notes its creation and itself with the session, before the account is there', async () => {
    await logIn('anonymous');
    expect(steps).toEqual([
      'session',
      'noted CREATE anon-user,LOGIN anon-user',
      'account',
      'happened',
    ]);
  });

  test('that makes no account has not happened', async () => {
    failing = { account: new Error('no account') };
    await expect(logIn('anonymous')).rejects.toBe(failing.account);
    expect(steps.slice(-2)).toEqual(['ended', 'withdrawn']);
  });
});

describe('a later log-in', () => {
  test('notes itself with the session', async () => {
    await logIn('api-key');
    expect(steps).toEqual(['session', 'noted LOGIN api-key', 'happened']);
  });

  test('that is refused at the last moment has not happened', async () => {
    failing = { isCut: true };
    await expect(logIn('api-key')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(steps).toEqual(['session', 'noted LOGIN api-key', 'ended', 'withdrawn']);
  });

  test('whose session cannot be stored has not happened', async () => {
    failing = { session: new GatewayError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 }) };
    await expect(logIn('api-key')).rejects.toBe(failing.session);
    expect(steps.at(-1)).toBe('withdrawn');
  });
});
