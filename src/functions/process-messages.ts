/** What a function process says to the gateway. The function in it can send anything, so it is checked. */
import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** A method of a collection of the database. */
const dataRequest = z.object({
  type: z.literal('data'),
  id: z.number(),
  database: z.string(),
  collection: z.string(),
  method: z.string(),
  /** BSON of `{ value: args }`. */
  args: bytes,
  /** Whether the function that asks runs as system. */
  isSystem: z.boolean(),
});
/** A method of a collection of the database. */
export type DataRequest = z.output<typeof dataRequest>;

/** What a function may ask of the gateway. */
const processRequest = z.discriminatedUnion('type', [
  dataRequest,
  /** A built-in function; `args` is BSON of `{ value: args }`. */
  z.object({ type: z.literal('builtIn'), id: z.number(), name: z.string(), args: bytes }),
  /** The names of the collections of a database, or of the databases (`null`). */
  z.object({ type: z.literal('names'), id: z.number(), database: z.string().nullable() }),
]);
/** What a function may ask of the gateway. */
export type ProcessRequest = z.output<typeof processRequest>;

const logMessage = z.object({
  type: z.literal('log'),
  level: z.enum(['info', 'warn', 'error']),
  text: z.string(),
});
/** A line that a function wrote to its console, or that is said about it. */
export type LogMessage = z.output<typeof logMessage>;

const thrownError = z.object({
  message: z.string(),
  /** For the log. */
  stack: z.string().optional(),
  /** Id of the `HostError` that the function did not catch. */
  hostError: z.number().optional(),
});
/** What a function threw. */
export type ThrownError = z.output<typeof thrownError>;

const callEnd = z.discriminatedUnion('type', [
  /** BSON of `{ value: result }`. */
  z.object({ type: z.literal('returned'), value: bytes }),
  z.object({ type: z.literal('failed'), error: thrownError }),
]);
/** How a call ended by itself. */
export type CallEnd = z.output<typeof callEnd>;

const messageFromProcess = z.discriminatedUnion('type', [
  /** The call begins: from here on it may have effects. */
  z.object({ type: z.literal('started') }),
  processRequest,
  logMessage,
  callEnd,
  /** The call has ended so, and this is still under way. */
  z.object({ type: z.literal('draining'), underWay: z.array(z.string()).readonly() }),
  /** Nothing is, and nothing of the call runs any more. `isReusable`: the next one may come. */
  z.object({ type: z.literal('idle'), isReusable: z.boolean() }),
]);
/** From a function process. */
export type MessageFromProcess = z.output<typeof messageFromProcess>;

/** Whether a value is a message that the gateway understands. */
export function isMessage(value: unknown): value is MessageFromProcess {
  return messageFromProcess.safeParse(value).success;
}
