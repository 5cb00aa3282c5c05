/** An operation of the page's own, as the caller. */
import { GatewayError, OfflineError } from 'custom-user-data-client';
import type { Reach } from './reach.ts';

/** What operations of a page go to, and in whose name. */
export interface Asker {
  readonly endpoint: string;
  readonly reach: Pick<Reach, 'fetch'>;
  /** `notThis`: a token that was refused. */
  readonly getToken: (notThis?: string) => Promise<string | null>;
}

interface Answered {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/** Milliseconds until a request counts as unanswered. */
const TIMEOUT = 10_000;
/** Status of what needs a token, and had none that is good. */
export const REFUSED = 401;

/** Resolves with `data`. A refused token is refreshed once, and the operation sent once more. Rejects with a `GatewayError` of the first error, or with an `OfflineError`. */
export async function ask<Data>(
  { endpoint, reach, getToken }: Asker,
  query: string,
  variables: object = {},
): Promise<Data> {
  const post = (bearer: string | null) => send(reach, endpoint, bearer, { query, variables });
  const token = await getToken();
  const first = await post(token);
  const isRefused = first.status === REFUSED && token !== null;
  const { status, text } = isRefused ? await post(await getToken(token)) : first;
  const { data, errors } = parseAnswer(text);
  const [error] = errors ?? [];
  if (error === undefined && data) return data as Data;
  const { code = 'BAD_RESPONSE', ...extensions } = error?.extensions ?? {};
  throw new GatewayError(error?.message ?? `Status ${status}`, String(code), extensions, status);
}

async function send(
  { fetch }: Asker['reach'],
  endpoint: string,
  token: string | null,
  body: object,
) {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new OfflineError(cause);
  }
}

function parseAnswer(text: string): Answered {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
