import { describe, expect, test } from '@jest/globals';
import { createContext } from '../../../src/graphql/context.ts';
import type { UseCases } from '../../../src/session/use-cases.ts';

describe('the caller', () => {
  const claims = { userId: 'someone' };
  function contextOf(authorization: string | undefined) {
    let verified = 0;
    const parts = {
      tokens: {
        verifyAccess: async () => {
          verified += 1;
          return claims;
        },
      },
      budgetBytes: 8192,
      useCases: () => {
        opened += 1;
        return { sessions: {} } as UseCases;
      },
    } as unknown as Parameters<typeof createContext>[0];
    let opened = 0;
    const request = { headers: { authorization } } as Parameters<typeof createContext>[1];
    const context = createContext(parts, request);
    return { context, verified: () => verified, opened: () => opened };
  }

  test('is not verified before someone asks, and then once', async () => {
    const { context, verified } = contextOf('Bearer abc');
    expect(verified()).toBe(0);
    expect(await Promise.all([context.caller, context.requireCaller()])).toEqual([claims, claims]);
    expect(verified()).toBe(1);
  });

  test('is null without a header, and TOKEN_MISSING where one is required', async () => {
    const { context, verified } = contextOf(undefined);
    expect(await context.caller).toBeNull();
    await expect(context.requireCaller()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'TOKEN_MISSING' },
    });
    expect(verified()).toBe(0);
  });

  test('costs no use case: those, and with them the deadline, begin when one is asked for', async () => {
    const { context, opened } = contextOf('Bearer abc');
    await context.caller;
    expect(opened()).toBe(0);
    expect(context.sessions).toEqual({});
    expect(opened()).toBe(1);
  });
});
