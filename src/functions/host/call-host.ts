/** Answers what a running function asks of the gateway: the database and built-in functions. */
import { GatewayError, isGatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { OperationLimits } from '../../store/operation-limits.ts';
import {
  DATA_METHODS,
  type DataMethod,
  type DataOperation,
  DataOperationError,
  type DataService,
} from '../../store/port.ts';
import type { FunctionCall } from '../functions.ts';
import type { HostError, ReplyMessage } from '../messages.ts';
import type { DataRequest, LogMessage, ProcessRequest } from '../process-messages.ts';
import { decodeValue, encodeValue } from '../value-bytes.ts';
import { type CallBounds, createBounds } from './call-bounds.ts';
import { outputsOf, runForUser, type UserDocuments } from './user-documents.ts';

const READING: ReadonlySet<string> = new Set(['find', 'findOne', 'count', 'distinct']);

/** What serves a call. */
export interface CallHostParts {
  readonly data: () => Promise<DataService>;
  /** Where the users' documents are. */
  readonly documents: UserDocuments;
  readonly log: Log;
  readonly bounds: CallBounds;
}

/** The gateway's side of one call. */
export type ServedCall = ReturnType<typeof createCallHost>;

/** Creates the gateway's side of a call. */
export function createCallHost(call: FunctionCall, parts: CallHostParts) {
  const { data, documents, log } = parts;
  const written = new Set<string>();
  const failures: unknown[] = [];
  const underWay = new Set<Promise<ReplyMessage>>();
  const bounds = createBounds(call.name, parts.bounds);

  /** Asks the database within the limits of the call. `targets`: what is written to. */
  async function within(
    targets: readonly string[],
    ask: (service: DataService, limits: OperationLimits) => Promise<unknown>,
  ): Promise<Uint8Array> {
    for (const target of targets) written.add(target);
    const { limits, release } = bounds.limitsOf(targets.length > 0);
    try {
      return encodeResult(await ask(await data(), limits));
    } finally {
      release();
    }
  }

  async function answer(request: ProcessRequest): Promise<Uint8Array> {
    if (request.type === 'names') {
      return within([], async (service, limits) => service.names(request.database, limits));
    }
    const args = decodeArguments(request.args);
    if (request.type === 'builtIn') {
      if (call.builtIn === undefined) throw new Error('There are no built-in functions here');
      return encodeResult(await call.builtIn(request.name, args));
    }
    const operation = toOperation(request, args);
    return within(writtenBy(operation), (service, limits) =>
      request.isSystem
        ? service.run(operation, limits)
        : runForUser(service, operation, limits, { documents, userId: call.user.id }),
    );
  }

  async function reply(request: ProcessRequest): Promise<ReplyMessage> {
    const { id } = request;
    try {
      return { type: 'reply', id, value: await answer(request) };
    } catch (error) {
      failures.push(error);
      return { type: 'refusal', id, error: describe(error, failures.length - 1, log) };
    }
  }

  return {
    /** Collections written to so far, as `database.collection`. */
    written: written as ReadonlySet<string>,
    /** The failure behind the `HostError` of this id. */
    failure: (id: number) => failures[id],
    async serve(request: ProcessRequest) {
      const replied = reply(request);
      underWay.add(replied);
      try {
        return await replied;
      } finally {
        underWay.delete(replied);
      }
    },
    /**
     * Says that the call is over. What it still reads is given up at once; what it still writes is carried
     * out in the time that the call had, unless the call was stopped (`isStopped`).
     */
    end: bounds.end,
    /** Whether something of the call is still under way. */
    isBusy: () => underWay.size > 0,
    /** Resolves once nothing is. */
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
      bounds.close();
    },
    log: ({ level, text }: LogMessage) => log[level]({ function: call.name }, text),
  };
}

function decodeArguments(bytes: Uint8Array): readonly unknown[] {
  const args = decodeValue(bytes);
  if (!Array.isArray(args)) throw new TypeError('Arguments must be a list');
  return args;
}

function toOperation(request: DataRequest, args: readonly unknown[]): DataOperation {
  const { database, collection, method } = request;
  if (!isDataMethod(method)) throw new TypeError(`A collection has no method "${method}"`);
  return { database, collection, method, args };
}

function isDataMethod(method: string): method is DataMethod {
  return (DATA_METHODS as readonly string[]).includes(method);
}

/** The collections that an operation may write to. */
function writtenBy(operation: DataOperation): string[] {
  if (READING.has(operation.method)) return [];
  const targets = operation.method === 'aggregate' ? outputsOf(operation) : [operation];
  return targets.map(({ collection, database }) => `${database}.${collection}`);
}

function encodeResult(value: unknown): Uint8Array {
  try {
    return encodeValue(value);
  } catch (cause) {
    throw new DataOperationError('The result is too large, use a limit or a projection', { cause });
  }
}

/** What the function may know of a failure. A fault of ours stays ours. */
function describe(error: unknown, id: number, log: Log): HostError {
  if (isGatewayError(error)) {
    return { id, name: 'GatewayError', message: error.message, code: error.code };
  }
  if (error instanceof DataOperationError) {
    const { code } = error as { code?: unknown };
    const isCode = typeof code === 'number' || typeof code === 'string';
    return { id, name: 'MongoError', message: error.message, ...(isCode ? { code } : {}) };
  }
  if (error instanceof TypeError) return { id, name: 'TypeError', message: error.message };
  log.error({ err: error }, 'a request of a function failed');
  const { code, message } = new GatewayError('INTERNAL_SERVER_ERROR', { errorId: '' });
  return { id, name: 'GatewayError', message, code };
}
