/** What clients may do with their own document through the `mongodb-atlas` service. */
import type { AccessClaims } from '../token/claims.ts';

/** One call of the `mongodb-atlas` service, as App Services clients send it. */
export interface ClientOperation {
  /** Name of the method, such as `findOne`. */
  readonly name: string;
  /** Database, collection and the method's own arguments: BSON values. */
  readonly argument: Readonly<Record<string, unknown>>;
}

/** Runs client operations. */
export interface ClientAccess {
  /**
   * Runs one operation on the caller's own document. The client's query is never sent to a database.
   *
   * Fails with `NO_MATCHING_RULE` for every other collection, method and access than is switched on,
   * with `BAD_USER_INPUT`, `UNAUTHENTICATED`, and as a write of `Sessions` does.
   *
   * @returns what the service answered: documents, a count or a result object, as BSON values.
   */
  run(caller: AccessClaims, operation: ClientOperation): Promise<unknown>;
}
