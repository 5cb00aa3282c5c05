/** One operation, one request, one answer or error. */
import { type ErrorExtensions, GatewayError, isUnauthenticated, OfflineError } from './errors.ts';
import { attempt, type Fetch, type Platform, within } from './platform.ts';

/** Milliseconds until a request counts as unanswered, its body included. */
const ANSWER_TIMEOUT = 10_000;

/** Sends an operation of one root field; resolves with the value of the field, which is never null. */
export type Send = (
  operation: { readonly field: string; readonly query: string },
  variables?: object,
  token?: string,
) => Promise<unknown>;

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message?: unknown;
    readonly extensions?: { readonly code?: unknown } & ErrorExtensions;
  }[];
}

/** Creates the way to the gateway at `url`, with or without `/graphql` at its end. */
export function createSend(platform: Platform, url: string, fetch: Fetch): Send {
  const endpoint = url.replace(/(\/graphql)?\/?$/, '/graphql');
  return async ({ field, query }, variables, token) => {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    const body = JSON.stringify({ query, variables });
    const [status, text, wait] = await within(platform, ANSWER_TIMEOUT, async (signal) => {
      const answer = await fetch.call(platform, endpoint, {
        method: 'POST',
        headers,
        body,
        signal,
      });
      return [
        answer.status,
        await answer.text(),
        Number(answer.headers.get('retry-after')),
      ] as const;
    }).catch((cause) => {
      throw new OfflineError(cause);
    });
    const answer = attempt<Answer>(() => JSON.parse(text));
    const value = answer?.data?.[field];
    // A field of the value may have failed, such as a document that is too large for a token.
    if (value !== undefined && value !== null) return value;
    throw createError(answer?.errors?.[0], status, wait);
  };
}

/** Sends with `token`; if that is refused, once more with what `getOther` gets instead. */
export async function sendAs(
  send: Send,
  operation: Parameters<Send>[0],
  variables: object,
  token: string,
  getOther: (refused: string) => Promise<string>,
): Promise<unknown> {
  try {
    return await send(operation, variables, token);
  } catch (error) {
    if (!isUnauthenticated(error)) throw error;
    return send(operation, variables, await getOther(token));
  }
}

function createError(
  error: NonNullable<Answer['errors']>[number] | undefined,
  status: number,
  /** Seconds of the header; 0 or NaN without one. */
  wait: number,
): GatewayError {
  const { code = codeOf(status), ...extensions } = error?.extensions ?? {};
  const message = error?.message ?? `Status ${status}`;
  return new GatewayError(
    String(message),
    String(code),
    wait > 0 ? { retryAfterSeconds: wait, ...extensions } : extensions,
    status,
  );
}

/** A proxy in front of the gateway answers pages, with a status that tells as much. */
function codeOf(status: number): string {
  if (status === 429) return 'RATE_LIMITED';
  return status >= 500 ? 'SERVICE_UNAVAILABLE' : 'BAD_RESPONSE';
}
