/**
 * How often what strangers may do is done: the limits of all requests, and what one request makes of them.
 *
 * Where somebody could be guessing, failures count, and success costs nothing; where something is made or mailed, each
 * attempt does. They are counted by the client's address and, where an account is named, by the account with the
 * address. By the account alone nobody is refused, or anybody could lock anybody out: its attempts wait a moment.
 */
import { hash } from 'node:crypto';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { LimitedOperation, RateLimit, RateLimits } from '../../config.ts';
import type { Deadline } from '../../deadline.ts';
import { GatewayError } from '../../errors.ts';
import type { SeenRequest } from '../seen-request.ts';
import { clientOf } from './client-address.ts';
import type { Counts } from './counts.ts';

/** An address may do for all accounts together so many times what it may for one. */
const ACCOUNTS_AN_ADDRESS = 10;
/** From so many times the limit on attempts on an account wait, and the full time from twice as many on. */
const DELAYED_FROM = 3;
/** Longest wait, in milliseconds. */
const MAX_DELAY = 2000;
const KEY_LENGTH = 18;

/** The limits of the gateway. */
export interface LimitsParts {
  readonly limits: RateLimits;
  readonly counts: Counts;
  /** Keeps what is counted by from whoever reads the memory or the store. */
  readonly secret: string;
  /** Waits for so many milliseconds. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** What is limited of one request. */
export type RequestLimits = ReturnType<typeof createRequestLimits>;

/** Something that may turn out to be a guess. */
export interface Guess<Result> {
  readonly operation: LimitedOperation;
  /** Who is named, if anybody is: in one spelling. */
  readonly account?: string | undefined;
  /** Whether an error says that it was wrong. */
  readonly isWrong: (error: unknown) => boolean;
  readonly run: () => Promise<Result>;
}

/** The limits of one request. All fail with `RATE_LIMITED`. */
export function createRequestLimits(
  parts: LimitsParts,
  request: Pick<SeenRequest, 'ip'>,
  deadline: Pick<Deadline, 'suspend'>,
) {
  const { counts, limits, sleep = sleepFor } = parts;
  const spotsOf = (operation: LimitedOperation, account: string | undefined) => {
    const limit = limits[operation];
    return limit === null ? null : createSpots(parts, { operation, limit, account, request });
  };
  /** Waits as long as attempts on the account have to. */
  const delay = async ({ key, limit }: Spot) => {
    const over = counts.estimate(key, limit) / limit.limit - 1;
    if (over <= 0) return;
    await deadline.suspend(() => sleep(Math.round(MAX_DELAY * Math.min(1, over))));
  };
  const add = ({ key, limit }: Spot, change?: -1) => counts.add(key, limit, change);

  /** Runs it and counts it by the spots if it is wrong; whether it was, `settle` is told in any case. */
  const judge = async <Result>(
    { isWrong, run }: Pick<Guess<Result>, 'isWrong' | 'run'>,
    spots: readonly Spot[],
    settle?: (wasWrong: boolean) => void,
  ): Promise<Result> => {
    let wasWrong = false;
    try {
      return await run();
    } catch (error) {
      wasWrong = isWrong(error);
      if (wasWrong) for (const spot of spots) add(spot);
      throw error;
    } finally {
      settle?.(wasWrong);
    }
  };

  return {
    /** Runs it, and counts it whatever it comes to. */
    async spend<Result>(
      operation: LimitedOperation,
      run: () => Promise<Result>,
      account?: string,
    ): Promise<Result> {
      const spots = spotsOf(operation, account);
      if (spots === null) return run();
      const { address, named } = spots;
      const counted = named === null ? [address] : [address, named.pair];
      for (const spot of counted) assertBelow(counts, spot);
      for (const spot of counted) add(spot);
      return run();
    },

    /**
     * Runs it, and counts it if it is wrong. Of one account and address it counts from the beginning until it is known
     * to be right: of many at once no more are let through.
     */
    async guess<Result>({ account, isWrong, operation, run }: Guess<Result>): Promise<Result> {
      const spots = spotsOf(operation, account);
      if (spots === null) return run();
      const { address, named } = spots;
      assertBelow(counts, address);
      if (named === null) return judge({ isWrong, run }, [address]);
      assertBelow(counts, named.pair);
      add(named.pair);
      const runLater = async () => {
        await delay(named.account);
        return run();
      };
      return judge({ isWrong, run: runLater }, [address, named.account], (wasWrong) => {
        if (!wasWrong) add(named.pair, -1);
      });
    },
  };
}

/** Where something is counted. */
interface Spot {
  readonly key: string;
  readonly limit: RateLimit;
}

/** Where an attempt is counted: by the address and, where an account is named, by that with it and by that alone. */
interface Spots {
  readonly address: Spot;
  readonly named: { readonly pair: Spot; readonly account: Spot } | null;
}

/** What an attempt is counted by. */
interface Attempt {
  readonly operation: LimitedOperation;
  readonly limit: RateLimit;
  readonly account: string | undefined;
  readonly request: Pick<SeenRequest, 'ip'>;
}

function createSpots({ secret }: LimitsParts, attempt: Attempt): Spots {
  const { account, limit, operation, request } = attempt;
  const client = clientOf(request.ip);
  const spot = (times: number, kind: string, ...by: string[]): Spot => ({
    // The secret has one length, and the result is cut: nobody can go on from it.
    key: hash('sha256', secret + JSON.stringify([operation, kind, ...by]), 'base64url').slice(
      0,
      KEY_LENGTH,
    ),
    limit: { ...limit, limit: limit.limit * times },
  });
  // Who logs in with a token or a key is counted with those who log in with a name.
  const isForAccounts = account !== undefined || operation === 'logIn';
  const address = spot(isForAccounts ? ACCOUNTS_AN_ADDRESS : 1, 'address', client);
  if (account === undefined) return { address, named: null };
  const pair = spot(1, 'pair', client, account);
  return { address, named: { pair, account: spot(DELAYED_FROM, 'account', account) } };
}

function assertBelow(counts: Counts, { key, limit }: Spot): void {
  if (counts.hasRoom(key, limit)) return;
  const retryAfterSeconds = counts.secondsUntilRoom(key, limit);
  throw new GatewayError('RATE_LIMITED', { retryAfterSeconds });
}
