/** The HTTP request that leads to a call. */
import type { FunctionRequest } from './functions.ts';

/** What the operator's functions may know of a request. */
export function describeRequest({
  headers,
  ip,
  method,
}: {
  readonly headers: { readonly 'user-agent'?: string | undefined };
  readonly ip: string;
  readonly method: string;
}): FunctionRequest {
  return {
    remoteIPAddress: ip,
    httpMethod: method,
    httpUserAgent: headers['user-agent'] ?? '',
  };
}
