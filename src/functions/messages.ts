/**
 * What the gateway says to a function process (`process-messages`: what it answers). Values travel as BSON
 * bytes of a document with one field, so that every BSON type survives.
 */
import type { AppDefinition, FunctionDefinition } from './app/app-definition.ts';

/** Largest value that travels, in bytes: the largest BSON document. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;

/** Why a value cannot travel. */
export function tooLarge(): RangeError {
  return new RangeError(`it is larger than ${MAX_VALUE_BYTES} bytes`);
}

/** Said on standard error, for the gateway to tell why the process ends: its watchdog ends it. */
export const MEMORY_IS_USED_UP = 'The memory of the function is used up';

/** The same: the function itself does. */
export const KILLS_ITSELF = 'The function sends itself a signal';

/** The first message to a process: everything that all calls share. */
export interface SetupMessage
  extends Pick<AppDefinition, 'dataSources' | 'directory' | 'environment' | 'values'> {
  readonly type: 'setup';
  /** What the functions look like to the process that runs them. */
  readonly functions: readonly Pick<FunctionDefinition, 'name' | 'runAsSystem' | 'source'>[];
  /** `context.app`. */
  readonly app: { readonly id: string; readonly clientAppId: string; readonly name: string };
  /** How much memory a call may use, in MiB. */
  readonly memoryMb: number;
}

/** A call to run. A process runs one at a time. */
export interface CallMessage {
  readonly type: 'call';
  readonly name: string;
  /** BSON of `CallPayload`. */
  readonly payload: Uint8Array;
}

/** What a function gets to see of a call. */
export interface CallPayload {
  readonly args: readonly unknown[];
  readonly user: object;
  readonly request: object;
  readonly isSystem: boolean;
  /** It gets an object to describe its answer with, as the last argument, and that travels back with its result. */
  readonly isEndpoint?: boolean;
  /** Built-in functions that `context.functions.execute` may name. */
  readonly hasBuiltIns: boolean;
  /** Headers of requests that the function makes, unless it has them itself; absent: nothing is traced. */
  readonly traceHeaders?: Readonly<Record<string, string>>;
}

/** The answer to a request of the process. */
export type ReplyMessage =
  | { readonly type: 'reply'; readonly id: number; readonly value: Uint8Array }
  | { readonly type: 'refusal'; readonly id: number; readonly error: HostError };

/** A failure outside the process, as a function may catch it. */
export interface HostError {
  /** Under which the gateway knows the failure, in case the function does not catch it. */
  readonly id: number;
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
}

/** To a function process. */
export type MessageToProcess = SetupMessage | CallMessage | ReplyMessage;
