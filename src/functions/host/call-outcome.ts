/** A call, seen from the gateway: what it needs, and what became of it. */
import type { LogMessage, ProcessRequest, ReplyMessage, ThrownError } from '../messages.ts';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What became of a call. */
export type CallOutcome =
  | { readonly type: 'returned'; readonly value: Uint8Array }
  | { readonly type: 'failed'; readonly error: ThrownError }
  | { readonly type: 'stopped'; readonly limit: 'time' | 'memory' }
  /** The process ended before the call did. */
  | { readonly type: 'ended'; readonly how: ProcessEnd }
  /** The gateway ended it, because it stops. */
  | { readonly type: 'cut-off' }
  /** The call never began, so it may be repeated. `cause`: why, if the system said so. */
  | { readonly type: 'not-started'; readonly cause?: unknown };

/** What a running call needs of the gateway. */
export interface CallHost {
  /** Answers a request; never rejects. */
  serve(request: ProcessRequest): Promise<ReplyMessage>;
  log(message: LogMessage): void;
}
