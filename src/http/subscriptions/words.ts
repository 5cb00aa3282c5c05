/** What the transports of subscriptions have in common. */
import type { GraphQLError } from 'graphql';
import type { Config } from '../../config.ts';
import { GatewayError } from '../../errors.ts';
import { type ContextParts, createContext } from '../../graphql/context.ts';
import { isOwnCode } from '../../graphql/format-error.ts';
import type { OpenContext, RunSubscription } from '../../graphql/subscriptions.ts';
import type { Log } from '../../log.ts';
import type { SeenRequest } from '../../session/seen-request.ts';
import type { Metrics } from '../metrics.ts';
import type { Connections } from './connections.ts';

/** How words are carried. */
export type Transport = 'websocket' | 'sse';

/** Why a connection was ended by us before its client ended it. */
export type DropReason = 'not_read' | 'no_answer';

/** What the transports take. */
export interface SubscriptionServerParts {
  readonly config: Pick<Config, 'corsOrigins' | 'host' | 'publicUrl' | 'subscriptions'>;
  readonly contextParts: ContextParts;
  readonly run: RunSubscription;
  readonly connections: Connections;
  readonly log: Log;
  readonly metrics: Pick<
    Metrics,
    'countErrorCode' | 'countWords' | 'countDropped' | 'changeConnections'
  >;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Whose connection it is: what is kept of the request that opened it. */
export type Opener = Pick<SeenRequest, 'id' | 'ip'> & {
  readonly userAgent: string | undefined;
};

/** Contexts of a subscription over a connection; each is one of a request of its own. */
export function contextsOf(
  parts: ContextParts,
  { id, ip, userAgent }: Opener,
  authorization: string | undefined,
): OpenContext {
  return (isCaller) => {
    const headers = userAgent === undefined ? {} : { 'user-agent': userAgent };
    const request = { headers, id, ip, method: 'GET' };
    return createContext(parts, request, isCaller ? authorization : undefined);
  };
}

/** Counts a result, and the errors in it. */
export function countResult(
  { metrics }: Pick<SubscriptionServerParts, 'metrics'>,
  transport: Transport,
  { errors }: { readonly errors?: readonly GraphQLError[] | undefined },
): void {
  if (errors === undefined) metrics.countWords(transport);
  else countErrors({ metrics }, errors);
}

/** Counts errors. */
export function countErrors(
  { metrics }: Pick<SubscriptionServerParts, 'metrics'>,
  errors: readonly GraphQLError[],
): void {
  for (const { extensions } of errors) {
    const { code } = extensions;
    metrics.countErrorCode(isOwnCode(code) ? String(code) : 'GRAPHQL');
  }
}

/** Where other servers take a token from. URLs are kept in logs and histories. */
const TOKEN_PARAMETER = /^(?:token|access_?token|authorization)$/i;

/** Fails with `BAD_REQUEST` if the query of a URL has a token. */
export function assertNoTokenIn(query: object): void {
  if (!Object.keys(query).some((name) => TOKEN_PARAMETER.test(name))) return;
  const message = 'A token is not taken from the URL; send it in the Authorization header';
  throw new GatewayError('BAD_REQUEST', {}, { message });
}
