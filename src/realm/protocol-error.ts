/** Errors as App Services clients read them. */

/** An error answer of the protocol. */
export interface ProtocolAnswer {
  /** HTTP status. 401 makes clients refresh their token or forget it: for token problems only. */
  readonly status: number;
  /** `error`: the text that clients show, and some compare. */
  readonly error: string;
  /** `error_code`: one of those that clients know; some answers of the original have none. */
  readonly code?: string;
}

/** An answer; without a code it has none. */
export function answer(status: number, error: string, code?: string): ProtocolAnswer {
  return { status, error, ...(code === undefined ? {} : { code }) };
}

/** An error that only this protocol has. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly answer: ProtocolAnswer;

  constructor(...[status, error, code]: Parameters<typeof answer>) {
    super(error);
    this.answer = answer(status, error, code);
  }
}

/** A request that no App Services client sends: 400. */
export function badRequest(error: string): ProtocolError {
  return new ProtocolError(400, error, 'BadRequest');
}

/** Something that the original could do and this gateway does not: 400. */
export function notSupported(what: string): ProtocolError {
  return badRequest(`${what} not supported by this server, see docs/realm.md`);
}

/** Another app than the one that is served here: 404, without a code, as the original answered. */
export function appNotFound(appId: string): ProtocolError {
  return new ProtocolError(404, `cannot find app using Client App ID '${appId}'`);
}
