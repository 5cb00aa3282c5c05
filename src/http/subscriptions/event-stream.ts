/**
 * Words as server-sent events, in the form of the GraphQL over SSE protocol ("distinct connections mode"): an event
 * `next` with each result, `complete` at the end.
 *
 * The next word is asked for when the one before was taken by the client's connection: what is not read waits in the
 * subscriber's slot, where a newer word takes its place.
 */
import { Readable } from 'node:stream';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Results } from '../../graphql/subscriptions.ts';
import type { Connection } from './connections.ts';

/** How long an `EventSource` waits before it connects anew, in milliseconds. */
const RETRY = 5000;
const HEARTBEAT = ':\n\n';

/** What a stream tells. */
export interface EventStreamParts {
  readonly results: Results;
  /** Told of each result that is sent. */
  readonly onResult: (result: ExecutionResult) => void;
  /** Told, once, that it is over; `isDropped`: because its client does not read. */
  readonly onEnd: (isDropped: boolean) => void;
}

/** A stream of the events of one subscription. */
export class EventStream extends Readable implements Connection {
  readonly #results: Results;
  readonly #onResult: EventStreamParts['onResult'];
  readonly #onEnd: EventStreamParts['onEnd'];
  #isAsking = false;
  #isBlocked = false;
  #isEnding = false;
  #isDropped = false;

  constructor({ onEnd, onResult, results }: EventStreamParts) {
    super({ highWaterMark: 0 });
    this.#results = results;
    this.#onResult = onResult;
    this.#onEnd = onEnd;
    // At once, so that the client knows that it is subscribed.
    this.#put(`retry: ${RETRY}\n\n`, false);
  }

  override _read(): void {
    this.#isBlocked = false;
    if (this.#isAsking) return;
    this.#isAsking = true;
    void this.#sendNext();
  }

  async #sendNext(): Promise<void> {
    let text: string;
    let isLast = true;
    try {
      const { done, value } = await this.#results.next();
      isLast = done === true;
      text = isLast ? COMPLETE : this.#show(value as ExecutionResult);
    } catch (error) {
      const errors = [error instanceof GraphQLError ? error : new GraphQLError('Ended')];
      text = `${this.#show({ errors })}${COMPLETE}`;
    }
    this.#isAsking = false;
    this.#put(text, isLast);
  }

  #put(text: string | null, isLast: boolean): void {
    if (this.#isEnding || this.destroyed) return;
    this.#isEnding = isLast;
    if (text !== null) this.push(text);
    if (isLast) this.push(null);
  }

  #show(result: ExecutionResult): string {
    this.#onResult(result);
    return showEvent(result);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#results.return();
    this.#onEnd(this.#isDropped);
    done(error);
  }

  beat(): void {
    if (this.#isBlocked) {
      this.#isDropped = true;
      this.destroy();
      return;
    }
    // Whoever reads asks for more, and thereby says so.
    this.#isBlocked = true;
    this.#put(HEARTBEAT, false);
  }

  goAway(): void {
    this.#put(null, true);
  }
}

const COMPLETE = 'event: complete\ndata:\n\n';

/** JSON has no line breaks of its own. */
function showEvent(result: ExecutionResult): string {
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`;
}

/** A subscription that could not begin, as a stream of its errors. */
export function showRefusal(errors: readonly GraphQLError[]): string {
  return `retry: ${RETRY}\n\n${showEvent({ errors })}${COMPLETE}`;
}
