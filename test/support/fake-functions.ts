/** The operator's functions as plain functions of this process. */
import { GatewayError } from '../../src/errors.ts';
import type { FunctionCall, Functions } from '../../src/functions/functions.ts';
import { connectFunctions } from '../../src/functions/open-functions.ts';
import type { OpenFunctions } from '../../src/session/operator-functions.ts';

/** One function. Whatever it throws becomes `FUNCTION_FAILED`. */
export type FakeFunction = (...args: readonly never[]) => unknown;

/** Functions by name, and the calls so far. */
export interface FakeFunctions extends Functions {
  readonly calls: FunctionCall[];
  /** Opens them for a gateway. */
  readonly open: OpenFunctions;
}

/** Creates the functions; the record may be changed later. */
export function createFakeFunctions(
  functions: Readonly<Record<string, FakeFunction>>,
): FakeFunctions {
  const calls: FunctionCall[] = [];
  const fake: FakeFunctions = {
    calls,
    open: async (parts) => connectFunctions(fake, parts),
    has: (name) => Object.hasOwn(functions, name),
    describe: (name) =>
      Object.hasOwn(functions, name) ? { name, isPrivate: false, runAsSystem: false } : undefined,
    async call(call) {
      calls.push(call);
      const run = functions[call.name];
      if (run === undefined) {
        throw new GatewayError('FUNCTION_NOT_FOUND', { function: call.name });
      }
      try {
        return await run(...(call.args as never[]));
      } catch (cause) {
        const { message } = cause as Error;
        throw new GatewayError('FUNCTION_FAILED', { function: call.name }, { message, cause });
      }
    },
    close: async () => undefined,
  };
  return fake;
}
