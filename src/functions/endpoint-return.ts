/** What comes back from a function of an HTTPS endpoint: its result, and what it said of its answer. */
import { z } from 'zod';
import { Binary, Int32 } from '../bson.ts';
import { GatewayError } from '../errors.ts';
import type { EndpointReturn } from '../session/operator-functions.ts';

/** As it travels. */
function toNumber(value: unknown): unknown {
  return value instanceof Int32 ? value.value : value;
}

const endpointReturn = z.object({
  result: z.unknown().optional(),
  statusCode: z.preprocess(toNumber, z.number().int().min(200).max(599).optional()),
  headers: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  body: z.union([z.string(), z.instanceof(Binary)]).optional(),
});

/**
 * Reads it. A function can send anything from its process: what is not understood fails with `FUNCTION_FAILED`, as of the
 * function `name`.
 */
export function readEndpointReturn(name: string, returned: unknown): EndpointReturn {
  const parsed = endpointReturn.safeParse(returned);
  if (!parsed.success) {
    const message = 'The function has described no answer';
    throw new GatewayError('FUNCTION_FAILED', { function: name }, { message, cause: parsed.error });
  }
  const { result: value, ...answer } = parsed.data;
  return { value, answer };
}
