/** The HTTP request that a use case serves, as far as use cases look at it. */
import type { IncomingHttpHeaders } from 'node:http';

/** What is looked at of an HTTP request; one of Fastify is one. */
export interface SeenRequest {
  readonly headers: Pick<IncomingHttpHeaders, 'authorization' | 'user-agent'>;
  /** The `x-request-id` of its answer. */
  readonly id: string;
  /** Address of the client, behind as many proxies as are trusted. */
  readonly ip: string;
  readonly method: string;
}
