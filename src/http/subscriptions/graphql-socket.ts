/** The protocol `graphql-transport-ws` on WebSockets: who may connect, and what a subscription is answered with. */
import { type ExecutionArgs, type GraphQLError, parse } from 'graphql';
import { type Context, makeServer } from 'graphql-ws';
import { isGatewayError, unauthenticated } from '../../errors.ts';
import { verifyCaller } from '../../graphql/me.ts';
import type { Results } from '../../graphql/subscriptions.ts';
import { createLeavingIterator } from '../../leaving-iterator.ts';
import { maskError } from '../../mask-error.ts';
import type { AccessClaims } from '../../token/claims.ts';
import { CLOSE, type WebSocketState } from './web-socket.ts';
import { contextsOf, countErrors, countResult, type SubscriptionServerParts } from './words.ts';

/** How long a client has for its `connection_init`, in milliseconds. */
const INIT_MILLISECONDS = 10_000;

/** What the protocol knows of a connection. */
export interface SocketExtra {
  readonly state: WebSocketState;
  readonly close: (code: number, reason: string) => void;
}

type SocketContext = Context<Record<string, unknown>, SocketExtra>;

/** Creates the protocol. */
export function createGraphQLSockets(parts: SubscriptionServerParts) {
  const { contextParts, run } = parts;
  const places = createUserPlaces(parts.config.subscriptions.perUser);
  return makeServer<Record<string, unknown>, SocketExtra>({
    connectionInitWaitTimeout: INIT_MILLISECONDS,

    async onConnect({ connectionParams, extra: { close, state } }) {
      state.authorization = authorizationIn(connectionParams) ?? state.authorization;
      const caller = await verify(parts, state, close);
      if (caller === null || state.isClosed) return false;
      if (!places.take(caller.userId)) {
        close(CLOSE.tryAgainLater, 'RATE_LIMITED');
        return false;
      }
      state.userId = caller.userId;
      state.expiresAt = caller.expiresAt;
      return true;
    },

    async onSubscribe({ extra: { state } }, _id, { operationName, query, variables }) {
      const contexts = contextsOf(contextParts, state.opener, state.authorization);
      const results = await run({ query, operationName, variables }, contexts);
      return 'next' in results ? begun(results, state.running) : [...results];
    },
    subscribe: ({ contextValue }) => contextValue as Results,
    onNext: (_context, _id, _payload, _args, result) => countResult(parts, 'websocket', result),
    onError({ extra: { state } }, _id, _payload, errors) {
      countErrors(parts, errors as readonly GraphQLError[]);
      const { code, reason } = errors[0]?.extensions ?? {};
      if (code === 'UNAUTHENTICATED') state.refused = `${code} ${reason}`;
    },
    onComplete: closeRefused,

    async onClose({ extra: { state } }) {
      state.isClosed = true;
      if (state.userId !== undefined) places.giveBack(state.userId);
      // The protocol knows one subscription an id, and ids may be used again before the first has begun.
      for (const results of state.running) await results.return();
    },
  });
}

/** Once nothing runs on it, a connection is of no use without a good token: clients then connect with another. */
function closeRefused({ extra: { close, state }, subscriptions }: SocketContext): void {
  if (state.refused === undefined || Object.keys(subscriptions).length > 0) return;
  close(CLOSE.forbidden, state.refused);
}

/** Which results are meant is in the context; that it is a subscription, the protocol has to read once more. */
const SUBSCRIPTION = parse('subscription { words }');

function begun(results: Results, running: WebSocketState['running']): ExecutionArgs {
  const contextValue = whileRunning(results, running);
  return { document: SUBSCRIPTION, contextValue } as unknown as ExecutionArgs;
}

/** The same results, which are `running` until they end. */
function whileRunning(results: Results, running: WebSocketState['running']): Results {
  running.add(results);
  return createLeavingIterator({
    async next() {
      try {
        const result = await results.next();
        if (result.done === true) running.delete(results);
        return result;
      } catch (error) {
        running.delete(results);
        throw error;
      }
    },
    leave() {
      running.delete(results);
      return results.return();
    },
  });
}

/** Of a `connection_init`: what browsers cannot send as a header. */
function authorizationIn(payload: Readonly<Record<string, unknown>> | undefined) {
  const { authorization = payload?.Authorization } = payload ?? {};
  return typeof authorization === 'string' ? authorization : undefined;
}

/** The caller; `null`: the connection is closed, with a code that says whether to come again. */
async function verify(
  { contextParts, log }: SubscriptionServerParts,
  { authorization }: WebSocketState,
  close: SocketExtra['close'],
): Promise<AccessClaims | null> {
  try {
    const caller = await verifyCaller(contextParts.tokens, authorization);
    if (caller === null) throw unauthenticated('TOKEN_MISSING');
    return caller;
  } catch (error) {
    if (isGatewayError(error, 'UNAUTHENTICATED')) {
      close(CLOSE.forbidden, `${error.code} ${error.details.reason}`);
    } else if (isGatewayError(error)) close(CLOSE.tryAgainLater, error.code);
    else close(CLOSE.internalError, maskError(log, error).code);
    return null;
  }
}

/** How many connections each user has. */
function createUserPlaces(most: number) {
  const taken = new Map<string, number>();
  return {
    take(userId: string): boolean {
      const count = taken.get(userId) ?? 0;
      if (count >= most) return false;
      taken.set(userId, count + 1);
      return true;
    },
    giveBack(userId: string): void {
      const count = taken.get(userId) ?? 0;
      if (count > 1) taken.set(userId, count - 1);
      else taken.delete(userId);
    },
  };
}
