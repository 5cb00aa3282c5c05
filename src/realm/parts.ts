/** What the protocol's routes are made of. */
import type { FastifyRequest } from 'fastify';
import type { UseCases } from '../session/use-cases.ts';
import type { BearerParts } from './bearers.ts';
import type { ErrorParts } from './error-handler.ts';

/** What the routes serve. */
export interface RealmParts extends BearerParts, ErrorParts {
  /** Where the protocol lives. */
  readonly prefix: string;
  /** Characters that a new password must have at least. */
  readonly passwordMinLength: number;
  /** The use cases of a request, which have one deadline. */
  readonly useCases: (request: FastifyRequest) => UseCases;
}
