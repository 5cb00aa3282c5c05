/** The HTTP request that a use case serves, as far as use cases look at it. */
import type { IncomingHttpHeaders } from 'node:http';
import { createAttached } from '../attached.ts';

/** What is found out about a request while it is served, for its line in the log. */
export interface RequestFacts {
  /** Name of the GraphQL operation that was executed, if it has one. */
  operation?: string;
  /** Method and route of the HTTPS endpoint that was called. */
  endpoint?: string;
  /** Whose token it was, or who logged in. */
  userId?: string;
  /** Code of the first error that was answered. */
  errorCode?: string;
}

/** What is looked at of an HTTP request; one of Fastify is one. */
export interface SeenRequest {
  readonly headers: Pick<IncomingHttpHeaders, 'accept-language' | 'authorization' | 'user-agent'>;
  /** The `x-request-id` of its answer. */
  readonly id: string;
  /** Address of the client, behind as many proxies as are trusted. */
  readonly ip: string;
  readonly method: string;
  /** Where it is kept what is found out; absent: nobody asks. */
  readonly facts?: RequestFacts;
}

const found = createAttached<RequestFacts>('facts');

/** What is found out about a request, known by the object that Node.js has made for it. */
export function factsOf(request: object): RequestFacts {
  const facts = found.get(request) ?? {};
  found.set(request, facts);
  return facts;
}
