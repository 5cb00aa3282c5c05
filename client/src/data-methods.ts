/** What a user does with their document, and how the tokens that come of it are taken in. */
import { createUnauthenticated } from './errors.ts';
import { READ, UPDATE, WRITE } from './operations.ts';
import type { Parts } from './parts.ts';
import { receiveReissued, type StoredSession } from './record.ts';
import type { Tokens } from './tokens.ts';
import { type Send, sendAs } from './transport.ts';
import type {
  CustomDataOperation,
  Expectation,
  Reissued,
  UpdateResult,
  User,
  WriteMode,
  Written,
} from './types.ts';

/** Creates the methods. */
export function createDataMethods<Data>({ platform, send, state }: Parts, tokens: Tokens) {
  /** Throws `BAD_RESPONSE`. What is of another session, or older than what is known, is let go. */
  async function take(reissued: Reissued): Promise<void> {
    await state.look();
    const live = state.live();
    const next = live && receiveReissued(platform, live, reissued as StoredSession);
    if (next) state.commit(next);
  }

  /** A token of the user who asks: who logs in meanwhile is somebody else. */
  async function getTokenOf(asker: string | undefined, notThis?: string): Promise<string> {
    const token = await tokens.get(notThis);
    if (token === null) throw createUnauthenticated('TOKEN_MISSING');
    if (asker !== undefined && state.live()?.user.id !== asker) {
      throw createUnauthenticated('SESSION_ENDED');
    }
    return token;
  }

  async function ask(operation: Parameters<Send>[0], variables: object): Promise<Written<Data>> {
    const asker = state.live()?.user.id;
    const getToken = (notThis?: string) => getTokenOf(asker, notThis);
    const answer = (await sendAs(
      send,
      operation,
      variables,
      await getToken(),
      getToken,
    )) as Reissued & { readonly user: User<Data>; readonly result: UpdateResult };
    await take(answer);
    const live = state.live();
    const isTaken = live?.accessToken === answer.accessToken;
    return {
      user: isTaken ? (live.user as User<Data>) : answer.user,
      result: answer.result,
    };
  }

  return {
    keepReissued: (reissued: Reissued) => take(reissued).catch(() => undefined),
    refreshCustomData: async () => (await ask(READ, {})).user,
    writeCustomUserData: (
      newCustomUserData: object,
      options?: Expectation & { readonly mode?: WriteMode | undefined },
    ) => ask(WRITE, { ...options, d: newCustomUserData }),
    updateCustomUserData: (operations: readonly CustomDataOperation[], options?: Expectation) =>
      ask(UPDATE, { ...options, o: operations }),
  };
}
