/** What clients may do with their own document through the `mongodb-atlas` service. */
import type { Config } from '../config.ts';
import { GatewayError } from '../errors.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { ClientMethodName, ClientMethodParts } from './client-methods.ts';

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

/** What client access is made of. */
export interface ClientAccessParts extends ClientMethodParts {
  readonly access: Config['customData']['clientAccess'];
  /** Where the documents are. */
  readonly database: string;
  readonly collection: string;
}

/** Methods that each access allows. */
const READS = ['find', 'findOne', 'count'] as const;
const WRITES = [
  'insertOne',
  'updateOne',
  'updateMany',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
  'deleteOne',
  'deleteMany',
] as const;
const ALLOWED: Readonly<Record<ClientAccessParts['access'], readonly ClientMethodName[]>> = {
  off: [],
  read: READS,
  write: [...READS, ...WRITES],
};

/** Creates the access of clients to their own documents. */
export function createClientAccess(parts: ClientAccessParts): ClientAccess {
  const allowed = ALLOWED[parts.access];
  return {
    async run(caller, { name, argument }) {
      const isOwn =
        argument.database === parts.database && argument.collection === parts.collection;
      const method = allowed.find((each) => each === name);
      if (!isOwn || method === undefined) throw new GatewayError('NO_MATCHING_RULE', {});
      // With it comes the library that evaluates queries, which most gateways never need.
      const { runClientMethod } = await import('./client-methods.ts');
      return runClientMethod(parts, caller, method, argument);
    },
  };
}
