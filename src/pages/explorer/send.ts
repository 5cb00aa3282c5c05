/** Sends the operation of a tab. */
import { toFailure } from '../shared/failure.ts';
import { describeObstacle, type Reach } from '../shared/reach.ts';

/** What came back, or why nothing did. */
export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly milliseconds: number;
      /** Characters of the answer. */
      readonly size: number;
      /** As JSON with indentation if it is JSON, else as it came. */
      readonly text: string;
      /** What the answer is; `undefined` if it is no JSON. */
      readonly value: unknown;
      /** How many there were of a subscription, this one included. */
      readonly results?: number;
    }
  | { readonly kind: 'failure'; readonly message: string };

/** What is sent. */
export interface Outgoing {
  readonly endpoint: string;
  readonly reach: Pick<Reach, 'fetch'>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const INDENTATION = 2;

/** Never rejects. */
export async function send({ endpoint, reach, body, headers, signal }: Outgoing): Promise<Answer> {
  const start = performance.now();
  try {
    const response = await reach.fetch(endpoint, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...headers,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
      signal,
    });
    const text = await response.text();
    const value = parseJson(text);
    return {
      kind: 'answer',
      status: response.status,
      milliseconds: performance.now() - start,
      ...(value === undefined ? { size: text.length, text, value } : showValue(value)),
    };
  } catch (error) {
    if (signal.aborted) return { kind: 'failure', message: 'Stopped' };
    // What a browser says of a connection that failed tells nobody anything.
    const isNetwork = error instanceof TypeError;
    const message = isNetwork ? describeObstacle('silent') : toFailure(error).message;
    return { kind: 'failure', message };
  }
}

/** A result, and how it is shown. */
export function showValue(value: unknown) {
  return {
    size: JSON.stringify(value).length,
    text: JSON.stringify(value, null, INDENTATION),
    value,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The header that names the caller, whatever its case. */
export function namesCaller(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

/** Headers of an object; throws what can be shown if a value is no text. */
export function toHeaders(object: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(object).map(([name, value]) => {
    if (typeof value !== 'string') throw new Error(`The header "${name}" is no text`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}
