import { describe, expect, test } from '@jest/globals';
import type { Account } from '../../../src/account/account.ts';
import { Int32, Long, ObjectId } from '../../../src/bson.ts';
import { createDeadline } from '../../../src/deadline.ts';
import { unauthenticated } from '../../../src/errors.ts';
import { createFunctionCalls, type FunctionCalls } from '../../../src/session/function-calls.ts';
import { NO_FUNCTIONS, type UserCall } from '../../../src/session/operator-functions.ts';
import type { Sessions } from '../../../src/session/sessions.ts';
import type { AccessClaims } from '../../../src/token/claims.ts';

const CALLER = {
  userId: 'user',
  sessionId: 'session',
  customData: { data: { _id: '63ed2dbe5960df2af7fd216e', n: { $numberLong: '7' } }, readAt: 0 },
} as unknown as AccessClaims;

const ACCOUNT = {
  _id: 'user',
  identities: [
    {
      id: 'i1',
      provider: 'local-userpass',
      externalId: 'e',
      data: { email: 'a@example.com' },
      passwordHash: 'secret',
    },
    {
      id: 'i2',
      provider: 'custom-token',
      externalId: '["https://issuer.example","x"]',
      data: { name: 'Ada' },
    },
  ],
} as unknown as Account;

function callsOf({
  names = [],
  isActive = true,
  account = ACCOUNT,
  readsCustomData = false,
}: {
  readonly names?: readonly string[];
  readonly isActive?: boolean;
  readonly account?: Account | null;
  readonly readsCustomData?: boolean;
} = {}) {
  const called: UserCall[] = [];
  const writes: unknown[] = [];
  const reads: string[] = [];
  const functions = {
    has: (name: string) => names.includes(name),
    async callFunction(call: UserCall) {
      called.push(call);
      return `${call.name} ran`;
    },
  };
  const written = {
    matchedCount: 0,
    modifiedCount: 0,
    upsertedId: new ObjectId('63ed2dbe5960df2af7fd216e'),
  };
  const deadline = createDeadline(() => 0);
  const calls: FunctionCalls = createFunctionCalls({
    deadline,
    renew: () => calls,
    accounts: { find: async () => account },
    config: { functions: { readsCustomData } },
    customData: {
      readSnapshot: async (userId) => {
        reads.push(userId);
        return { data: { n: { $numberInt: '8' } }, readAt: 0 };
      },
    },
    functions: names.length === 0 ? NO_FUNCTIONS : functions,
    records: {
      async requireActive() {
        if (!isActive) throw unauthenticated('SESSION_ENDED');
        return {} as never;
      },
    },
    sessions: {
      writeCustomUserData: async (_caller: unknown, request: unknown) => {
        writes.push(request);
        return { result: written };
      },
      deleteCustomUserData: async () => ({ result: { deletedCount: 1 } }),
    } as unknown as Sessions,
  });
  return { calls, called, reads, writes };
}

describe('a call of a function', () => {
  test('runs the built-in write with every BSON type as canonical Extended JSON', async () => {
    const { calls, writes } = callsOf();
    const document = { l: Long.fromInt(1), i: new Int32(2), d: new Date(0) };
    expect(await calls.call(CALLER, 'writeCustomUserData', [document])).toEqual({
      matchedCount: new Int32(0),
      modifiedCount: new Int32(0),
      upsertedId: new ObjectId('63ed2dbe5960df2af7fd216e'),
    });
    expect(writes).toEqual([
      {
        newCustomUserData: {
          l: { $numberLong: '1' },
          i: { $numberInt: '2' },
          d: { $date: { $numberLong: '0' } },
        },
        mode: 'MERGE',
      },
    ]);
  });

  test('runs the built-in delete', async () => {
    const { calls } = callsOf();
    expect(await calls.call(CALLER, 'deleteCustomUserData', [])).toEqual({
      deletedCount: new Int32(1),
    });
  });

  test("runs the operator's function before the built-in one of the same name", async () => {
    const { calls, called, writes } = callsOf({ names: ['writeCustomUserData'] });
    expect(await calls.call(CALLER, 'writeCustomUserData', [{}])).toBe('writeCustomUserData ran');
    expect(called).toHaveLength(1);
    expect(writes).toHaveLength(0);
  });

  test('says who calls: no secret of the account, the custom data as BSON values', async () => {
    const { calls, called } = callsOf({ names: ['f'] });
    const request = { remoteIPAddress: '1', httpMethod: 'POST', httpUserAgent: 'a' };
    await calls.call(CALLER, 'f', [new Int32(1)], request);
    expect(called[0]).toMatchObject({ name: 'f', args: [new Int32(1)], request });
    expect(called[0]?.customData).toEqual({
      _id: '63ed2dbe5960df2af7fd216e',
      n: Long.fromInt(7),
    });
    expect(called[0]?.user).toEqual({
      userId: 'user',
      data: { email: 'a@example.com', name: 'Ada' },
      identities: [
        { id: 'i1', shownId: 'i1', provider: 'local-userpass', data: { email: 'a@example.com' } },
        { id: 'i2', shownId: 'x', provider: 'custom-token', data: { name: 'Ada' } },
      ],
    });
  });

  test('reads the custom data from the store for each call of a function, if that is wanted', async () => {
    const fresh = callsOf({ names: ['f'], readsCustomData: true });
    await fresh.calls.call(CALLER, 'f', []);
    expect(fresh.reads).toEqual(['user']);
    expect(fresh.called[0]?.customData).toEqual({ n: new Int32(8) });
    const usual = callsOf({ names: ['f'] });
    await usual.calls.call(CALLER, 'f', []);
    expect(usual.reads).toEqual([]);
  });

  test('lets a function call the built-in ones for its caller', async () => {
    const { calls, called, writes } = callsOf({ names: ['f'] });
    await calls.call(CALLER, 'f', []);
    await called[0]?.builtIn('writeCustomUserData', [{ a: new Int32(1) }]);
    expect(writes).toHaveLength(1);
    await expect(called[0]?.builtIn('gone', [])).rejects.toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
    });
  });

  test('needs an active session and an account', async () => {
    for (const options of [{ isActive: false }, { account: null }]) {
      const { calls, called } = callsOf({ names: ['f'], ...options });
      await expect(calls.call(CALLER, 'f', [])).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        details: { reason: 'SESSION_ENDED' },
      });
      expect(called).toHaveLength(0);
    }
    const { calls } = callsOf({ isActive: false });
    await expect(calls.call(CALLER, 'gone', [])).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('of one that is not there is FUNCTION_NOT_FOUND', async () => {
    for (const names of [[], ['f']]) {
      const { calls } = callsOf({ names });
      await expect(calls.call(CALLER, 'constructor', [])).rejects.toMatchObject({
        code: 'FUNCTION_NOT_FOUND',
        message: "function not found: 'constructor'",
      });
    }
  });

  test('runs for a user whose document looks like Extended JSON and is none', async () => {
    const { calls, called } = callsOf({ names: ['mine'] });
    const data = {
      word: { $numberInt: 'n/a' },
      inner: { list: [{ $date: { when: 'today' } }, { $numberLong: '7' }] },
      two: { $oid: 'x', more: { $numberInt: '1' } },
    };
    const caller = { ...CALLER, customData: { data, readAt: 0 } };
    expect(await calls.call(caller, 'mine', [])).toBe('mine ran');
    expect(called[0]?.customData).toEqual({
      word: { $numberInt: 'n/a' },
      inner: { list: [{ $date: { when: 'today' } }, Long.fromNumber(7)] },
      two: { $oid: 'x', more: new Int32(1) },
    });
  });

  test('refuses names with a dollar sign in the built-in write, and takes none for a wrapper', async () => {
    const { calls, writes } = callsOf();
    const document = { a: { b: [{ $numberInt: '5' }] }, ref: { $ref: 'c', $id: new Int32(1) } };
    await expect(calls.call(CALLER, 'writeCustomUserData', [document])).rejects.toMatchObject({
      code: 'FIELD_NOT_WRITABLE',
      details: { paths: ['/a/b/0/$numberInt'] },
    });
    expect(writes).toHaveLength(0);
  });
});
