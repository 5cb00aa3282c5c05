/** The operator's functions: in which process they run, and what their end means. */
import { getHeapStatistics } from 'node:v8';
import { createAdmission } from '../admission.ts';
import { badInput, GatewayError, isGatewayError, serviceUnavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { DataOperationError } from '../store/port.ts';
import type { AppDefinition, FunctionDefinition } from './app/app-definition.ts';
import type { FunctionCall, FunctionParts, Functions } from './functions.ts';
import type { CallBounds } from './host/call-bounds.ts';
import { createCallHost, type ServedCall } from './host/call-host.ts';
import type { FunctionProcess } from './host/function-process.ts';
import { createProcessPool, type ProcessPool } from './host/process-pool.ts';
import type { CallOutcome } from './host/run-call.ts';
import { findCallable, NO_REQUEST } from './may-call.ts';
import type { CallMessage, CallPayload, SetupMessage } from './messages.ts';
import type { ThrownError } from './process-messages.ts';
import { decodeValue, encodeValue } from './value-bytes.ts';

/** Calls that wait: hundreds, for as long as clients and proxies wait for an answer that may take as long again. */
const QUEUE = { queue: 500, patience: 30_000 } as const;

/** Creates the functions of an app. No process is started before the first call. */
export function createFunctions(app: AppDefinition, parts: FunctionParts): Functions {
  const pool = createProcessPool(describeSetup(app, parts), parts.startProcess);
  const admission = createAdmission(parts.threads, QUEUE);

  const bounds = boundsOf(parts);
  const { observeCall: observe = (_name, run) => run() } = parts;

  /**
   * Runs a call, and once more if it never began: its process may have died before. The caller need
   * not wait until nothing of it is left, but the next call must.
   */
  async function run(
    message: CallMessage,
    host: ServedCall,
    leave: () => void,
  ): Promise<CallOutcome> {
    let last: Run | undefined;
    try {
      last = await runOnce(pool, message, host, parts);
      if (last.outcome.type === 'not-started') last = await runOnce(pool, message, host, parts);
      return last.outcome;
    } finally {
      host.end(last === undefined || isStopped(last.outcome));
      void Promise.allSettled([last?.released, host.settled()]).then(leave);
    }
  }

  async function runCallable(definition: FunctionDefinition, call: FunctionCall): Promise<unknown> {
    const { name } = call;
    const message = encodeCall(definition, call, parts.tracing?.outgoingHeaders());
    const leave = await admission.enter(ownerOf(call));
    const host = inContext(createCallHost(call, { ...parts, bounds }), parts);
    try {
      const outcome = await run(message, host, leave);
      return resultOf(outcome, name, host, parts.log);
    } finally {
      await tellWritten(call, host, parts.log);
      if (host.isBusy()) void host.settled().then(() => tellWritten(call, host, parts.log));
    }
  }

  return {
    has: (name) => app.functions.has(name),
    describe: (name) => app.functions.get(name),

    async call(call) {
      const definition = findCallable(app, call);
      return observe(call.name, () => runCallable(definition, call));
    },

    close: () => pool.close(),
  };
}

/** Whose turn a call takes: the user's, or that of whoever sent a request that needs none; `null`: the gateway's. */
function ownerOf({ client = '', origin, user }: FunctionCall): string | null {
  return origin === 'system' ? null : user.id || client;
}

const MEBIBYTE = 2 ** 20;
/** Share of the gateway's heap that the queries of all functions may take. */
const HEAP_SHARE = 0.5;

/** What one call may take: its own limit, or its part of what is there at all. */
function boundsOf({ memoryMb, threads, timeoutSeconds }: FunctionParts): CallBounds {
  const share = (getHeapStatistics().heap_size_limit * HEAP_SHARE) / threads;
  return { timeoutSeconds, memoryBytes: Math.min(memoryMb * MEBIBYTE, share) };
}

/** What the process asks for comes over its channel: it is below the call all the same. */
function inContext(host: ServedCall, { tracing }: FunctionParts): ServedCall {
  return tracing ? { ...host, serve: tracing.bind(host.serve) } : host;
}

/** Never fails: what the function did is done, whatever becomes of the note. */
async function tellWritten(call: FunctionCall, host: ServedCall, log: Log): Promise<void> {
  if (host.written.size === 0) return;
  try {
    await call.onWritten?.(host.written);
  } catch (error) {
    log.warn({ err: error, function: call.name }, 'what a function wrote could not be noted');
  }
}

/** Whether the gateway ended the call: nothing of it is to go on. */
function isStopped({ type }: CallOutcome): boolean {
  return type === 'stopped' || type === 'cut-off';
}

interface Run {
  readonly outcome: CallOutcome;
  /** Resolves once the process can be used by the next call, or is gone. */
  readonly released: Promise<void>;
}

async function runOnce(
  pool: ProcessPool,
  message: CallMessage,
  host: ServedCall,
  { timeoutSeconds }: FunctionParts,
): Promise<Run> {
  let process: FunctionProcess;
  try {
    process = pool.take();
  } catch (cause) {
    return { outcome: { type: 'not-started', cause }, released: Promise.resolve() };
  }
  const outcome = await process.run(message, host, timeoutSeconds);
  return { outcome, released: pool.give(process) };
}

function describeSetup(app: AppDefinition, { appId, memoryMb }: FunctionParts): SetupMessage {
  const { dataSources, directory, environment, functions, values } = app;
  return {
    type: 'setup',
    dataSources,
    directory,
    environment,
    memoryMb,
    values,
    functions: Array.from(functions.values(), ({ name, source, runAsSystem }) => {
      return { name, source, runAsSystem };
    }),
    // The name is the id without the suffix that App Services adds to make it unique.
    app: { id: appId, clientAppId: appId, name: appId.replace(/-[a-z]{5}$/, '') },
  };
}

function encodeCall(
  { name, runAsSystem }: FunctionDefinition,
  call: FunctionCall,
  traceHeaders: CallPayload['traceHeaders'],
): CallMessage {
  const { args, builtIn, origin, request = NO_REQUEST, user } = call;
  const payload: CallPayload = {
    args,
    user,
    request,
    isSystem: runAsSystem || origin === 'system',
    isEndpoint: origin === 'endpoint',
    hasBuiltIns: builtIn !== undefined,
    ...(traceHeaders === undefined ? {} : { traceHeaders }),
  };
  try {
    return { type: 'call', name, payload: encodeValue(payload) };
  } catch (cause) {
    throw badInput('The arguments are too large', undefined, cause);
  }
}

function resultOf(outcome: CallOutcome, name: string, host: ServedCall, log: Log): unknown {
  switch (outcome.type) {
    case 'returned':
      return decodeValue(outcome.value);
    case 'failed':
      throw describeFailure(outcome.error, name, host, log);
    case 'stopped':
      log.warn({ function: name, limit: outcome.limit }, 'function stopped at its limit');
      throw new GatewayError('FUNCTION_LIMIT_EXCEEDED', { function: name, limit: outcome.limit });
    case 'ended': {
      const { code, signal } = outcome.how;
      log.warn(
        { function: name, how: signal ?? `exit code ${code}` },
        'function ended its process',
      );
      const message =
        signal === null
          ? 'The function ended its process'
          : `The process of the function ended with ${signal}`;
      throw new GatewayError('FUNCTION_FAILED', { function: name }, { message });
    }
    case 'cut-off':
      throw serviceUnavailable(undefined, 'The gateway stops, try again');
    case 'not-started':
      log.error(
        { err: outcome.cause, function: name },
        'no process for a function could be started',
      );
      throw serviceUnavailable(undefined, 'The function could not be started, try again');
  }
}

/** The error for the caller: what the function threw, or what the gateway itself refused before. */
function describeFailure(
  { hostError, message, stack }: ThrownError,
  name: string,
  host: ServedCall,
  log: Log,
): unknown {
  const failure = hostError === undefined ? undefined : host.failure(hostError);
  if (isGatewayError(failure)) return failure;
  log.warn({ function: name, error: message, stack }, 'function failed');
  // What the database says is the operator's to see: it may quote documents.
  const shown = failure instanceof DataOperationError ? 'A database operation failed' : message;
  return new GatewayError('FUNCTION_FAILED', { function: name }, { message: shown });
}
