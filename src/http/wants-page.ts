/** Who asks: a browser that opens an address, or a program. */
import type { FastifyRequest } from 'fastify';

/** Whether a page is wanted. */
export function wantsPage({
  headers,
  method,
}: Pick<FastifyRequest, 'headers' | 'method'>): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}
