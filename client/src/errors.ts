/** What the methods of a session reject with. */

/** Facts about an error, as the gateway tells them: `reason`, `violations`, `currentRevision` and the like. */
export type ErrorExtensions = Readonly<Record<string, unknown>>;

/** The gateway refused. Its message carries neither tokens nor passwords. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  /**
   * `extensions.code` of the gateway (its docs/errors.md), or `BAD_RESPONSE`: something answered that is no
   * gateway, or one that is not understood.
   */
  readonly code: string;
  /** Facts that the code comes with. */
  readonly extensions: ErrorExtensions;
  /** HTTP status of the answer; 0 if there was no request, since nobody is logged in. */
  readonly status: number;

  constructor(message: string, code: string, extensions: ErrorExtensions, status: number) {
    super(message);
    this.code = code;
    this.extensions = extensions;
    this.status = status;
  }
}

/** Nothing answered in time. Session and user are kept. `cause` is what `fetch` said. */
export class OfflineError extends Error {
  override readonly name = 'OfflineError';
  readonly code = 'OFFLINE';
  readonly extensions: ErrorExtensions = {};

  constructor(cause: unknown) {
    super('The gateway did not answer', { cause });
  }
}

/** Nobody is logged in, or not any more. */
export function createUnauthenticated(reason: 'SESSION_ENDED' | 'TOKEN_MISSING'): GatewayError {
  return new GatewayError('Nobody is logged in', 'UNAUTHENTICATED', { reason }, 0);
}

/** Whether the gateway does not know the caller, or not any more. */
export function isUnauthenticated(error: unknown): error is GatewayError {
  return (error as GatewayError).code === 'UNAUTHENTICATED';
}
