/** The functions of an app, and calls of them, however they run. */
import type { Log } from '../log.ts';
import type {
  FunctionFacts,
  FunctionRequest,
  ObserveCall,
  OpenFunctionsParts,
} from '../session/operator-functions.ts';
import type { DataService } from '../store/port.ts';
import type { FunctionUser } from './function-user.ts';
import type { FunctionProcess } from './host/function-process.ts';
import type { UserDocuments } from './host/user-documents.ts';
import type { SetupMessage } from './messages.ts';

/** One call. */
export interface FunctionCall {
  readonly name: string;
  /** BSON values, such as `Int32`, `Long` and `ObjectId`. */
  readonly args: readonly unknown[];
  readonly user: FunctionUser;
  /**
   * `client`: a user asks for it, so private functions are out of reach and `can_evaluate` counts. `endpoint`: an HTTPS
   * endpoint, so that counts, and the function gets an object to describe its answer with as the last argument.
   */
  readonly origin: 'client' | 'endpoint' | 'system';
  readonly request?: FunctionRequest;
  /** Whose turn it takes if the user is the system, for an endpoint: whoever sent the request. */
  readonly client?: string;
  /** Runs the built-in functions that `context.functions.execute` may name. */
  readonly builtIn?: (name: string, args: readonly unknown[]) => Promise<unknown>;
  /**
   * Told of the collections that the function may have written to, as `database.collection`, before the
   * call ends in whatever way; once more if something was still under way then.
   */
  readonly onWritten?: (collections: ReadonlySet<string>) => Promise<void>;
}

/** The operator's functions. */
export interface Functions {
  /** Whether there is such a function, private or not. */
  has(name: string): boolean;
  /** What is known of one; `undefined` if there is none. */
  describe(name: string): FunctionFacts | undefined;
  /**
   * Runs a function in a process of its own, with limits on time and memory: its result as a BSON value;
   * `undefined` if it returned nothing. For an endpoint it is what `readEndpointReturn` reads.
   *
   * Fails with `FUNCTION_NOT_FOUND` (none, or private and called by a client), `FUNCTION_NOT_ALLOWED`
   * (`can_evaluate`), `FUNCTION_FAILED`, `FUNCTION_LIMIT_EXCEEDED`, `RATE_LIMITED`, or `SERVICE_UNAVAILABLE` if no
   * process can be started.
   */
  call(call: FunctionCall): Promise<unknown>;
  /** Ends every process. */
  close(): Promise<void>;
}

/** What functions are made of. */
export interface FunctionParts {
  readonly appId: string;
  /** Access to the database for `context.services`. */
  readonly data: () => Promise<DataService>;
  /** Where the users' documents are. */
  readonly documents: UserDocuments;
  readonly log: Log;
  readonly observeCall?: ObserveCall | undefined;
  readonly tracing?: OpenFunctionsParts['tracing'] | undefined;
  /** How long one call may run. */
  readonly timeoutSeconds: number;
  /** How much memory one call may use, in MiB. */
  readonly memoryMb: number;
  /** How many calls run at once. */
  readonly threads: number;
  /** Starts a process; for tests. */
  readonly startProcess?: (setup: SetupMessage, directory: string) => FunctionProcess;
}
