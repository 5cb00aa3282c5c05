/** The use cases of each HTTP request, whose deadline begins when the first is asked for. */
import type { FastifyRequest } from 'fastify';
import type { UseCases } from '../session/use-cases.ts';

/** The same for the same request. */
export type UseCasesOf = (request: FastifyRequest) => UseCases;

/** Opens the use cases once a request. */
export function createRequestUseCases(open: () => UseCases): UseCasesOf {
  const opened = new WeakMap<FastifyRequest, UseCases>();
  return (request) => {
    const useCases = opened.get(request) ?? open();
    opened.set(request, useCases);
    return useCases;
  };
}
