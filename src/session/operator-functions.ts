/**
 * The operator's functions, as far as the core knows them. They are a guest: what runs them is `src/functions`,
 * which nothing here imports and the core does without.
 */
import type { EmailToken } from '../account/registration.ts';
import type { Binary } from '../bson.ts';
import type { Config } from '../config.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/port.ts';
import type { Tracing } from '../tracing.ts';
import type { Document } from '../values/documents.ts';
import type { SeenRequest } from './seen-request.ts';
import type { UserProfile } from './user-profile.ts';

/** The HTTP request that led to a call: a part of `context.request`. */
export interface FunctionRequest {
  readonly remoteIPAddress: string;
  readonly httpMethod: string;
  readonly httpUserAgent: string;
}

/** The same of a call of an HTTPS endpoint, which tells more of its request. */
export interface EndpointRequest extends FunctionRequest {
  /** Values by the name of the header, in the spelling of Go's `net/http`. */
  readonly requestHeaders: Readonly<Record<string, readonly string[]>>;
  /** The first value of each by its name in small letters, as rules ask for it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without a secret of the endpoint. */
  readonly rawQueryString: string;
  /** The route of the endpoint. */
  readonly webhookUrl: string;
  readonly httpReferrer?: string;
}

/** A call that a user asks for. */
export interface UserCall {
  readonly name: string;
  /** BSON values, such as `Int32`, `Long` and `ObjectId`. */
  readonly args: readonly unknown[];
  readonly user: UserProfile;
  /** The user's document as of the token, or of the store with `FUNCTIONS_FRESH_CUSTOM_DATA`. */
  readonly customData: Document;
  readonly request?: FunctionRequest;
  /** Runs the built-in functions that the called one may ask for. */
  readonly builtIn: (name: string, args: readonly unknown[]) => Promise<unknown>;
}

/** A call of a function that serves an HTTPS endpoint. */
export interface EndpointCall extends Omit<UserCall, 'user' | 'args' | 'request' | 'builtIn'> {
  /** `null`: the system. */
  readonly user: UserProfile | null;
  /** Who sent the request: whose turn it is where nobody is the user. */
  readonly client: string;
  /** The first argument; the second is an object that the function describes its answer with. */
  readonly argument: Document;
  readonly request: EndpointRequest;
  readonly builtIn?: UserCall['builtIn'];
}

/** What came of it. */
export interface EndpointReturn {
  /** What the function returned: a BSON value, `undefined` if it was nothing. */
  readonly value: unknown;
  readonly answer: EndpointAnswer;
}

/** What the function said of its answer; nobody has judged the texts. */
export interface EndpointAnswer {
  /** From 200 to 599. */
  readonly statusCode?: number | undefined;
  readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly body?: string | Binary | undefined;
}

/** What a confirmation or reset function says: done, to be done with the token, or refused. */
export type Verdict = 'success' | 'pending' | 'fail';

/** What a reset function is told. */
export interface ResetRequest extends EmailToken {
  readonly email: string;
  /** The new password. */
  readonly password: string;
  /** Whether the user also gave the current password, and it was right. */
  readonly currentPasswordValid: boolean;
}

/** What functions decide about users. Besides what is said, every one may fail as `callFunction` does. */
export interface AuthFunctions {
  /**
   * Whom the `custom-function` provider takes the payload for, which is a BSON value. Fails with
   * `INVALID_CREDENTIALS`, whose message is that of the function's own error.
   */
  logIn(payload: unknown): Promise<{ readonly id: string; readonly data: Document }>;
  /** Runs the user creation function, if there is one, before the account exists. */
  beforeCreate(user: UserProfile): Promise<void>;
  confirm(email: string, token: EmailToken): Promise<Verdict>;
  reset(request: ResetRequest, args: readonly unknown[]): Promise<Verdict>;
}

/** The operator's functions. */
export interface OperatorFunctions {
  /** Whether there is such a function, private or not. */
  has(name: string): boolean;
  /**
   * Runs a function with limits on time and memory.
   *
   * Fails with `FUNCTION_NOT_FOUND` (none, or a private one), `FUNCTION_NOT_ALLOWED` (`can_evaluate`),
   * `FUNCTION_FAILED`, `FUNCTION_LIMIT_EXCEEDED`, `RATE_LIMITED`, or `SERVICE_UNAVAILABLE` if it cannot be started.
   *
   * @returns a BSON value; `undefined` if the function returned nothing.
   */
  callFunction(call: UserCall): Promise<unknown>;
  /**
   * Runs a function, private or not, as the system: for nobody and past every rule. Fails and answers as
   * `callFunction` does.
   */
  callAsSystem(name: string, args: readonly unknown[]): Promise<unknown>;
  /** What is known of a function; `undefined` if there is none. */
  describe(name: string): FunctionFacts | undefined;
  /**
   * Runs a function, private or not, for an HTTPS endpoint. Its rule counts, also for the system. Fails as
   * `callFunction` does.
   */
  callEndpoint(call: EndpointCall): Promise<EndpointReturn>;
  /** Whether there is one for log-ins; without it the provider `custom-function` is off. */
  readonly canLogIn: boolean;
  readonly auth: AuthFunctions;
  /** Ends what runs. */
  close(): Promise<void>;
}

/** Runs a call of a function, and is told by that what comes of it. Answers and fails as `run` does. */
export type ObserveCall = <Result>(name: string, run: () => Promise<Result>) => Promise<Result>;

/** What opening them takes. */
export interface OpenFunctionsParts {
  readonly config: Config;
  readonly log: Log;
  /** The database for `context.services`. */
  readonly store: Pick<Store, 'dataService'>;
  /** Runs each call; for metrics and traces. */
  readonly observeCall?: ObserveCall;
  /** `null`: there is none. */
  readonly tracing?: Pick<Tracing, 'bind' | 'outgoingHeaders'> | null;
  /** Told that a function that ran for the user may have changed the user's document. */
  readonly noteChange: (userId: string) => Promise<void>;
}

/** Opens them. Fails if they, or one that the configuration names, cannot be used. */
export type OpenFunctions = (parts: OpenFunctionsParts) => Promise<OperatorFunctions>;

/** What is known of a function before it is called. */
export interface FunctionFacts {
  readonly name: string;
  /** Clients cannot call it. */
  readonly isPrivate: boolean;
  /** It runs as the system whoever calls it. */
  readonly runAsSystem: boolean;
  /** It runs as this user if an HTTPS endpoint calls it. */
  readonly runAsUserId?: string | undefined;
}

/** What is known of all of them. */
export interface FunctionsReport {
  readonly functions: readonly FunctionFacts[];
  /** What cannot be used, and why, a line each. */
  readonly problems: readonly string[];
  /** Names of functions about which the app says nothing, so that everybody may call them. */
  readonly withoutEntry: readonly string[];
}

/** What `src/functions` gives the gateway. */
export interface FunctionsPart {
  readonly openFunctions: OpenFunctions;
  /** Looks at them for `check`, and fails as opening them does. */
  inspectFunctions(config: Config): Promise<FunctionsReport>;
}

const absent = () => Promise.reject(new Error('No function is configured'));

/** An operator who has none. */
export const NO_FUNCTIONS: OperatorFunctions = {
  has: () => false,
  callFunction: absent,
  callAsSystem: absent,
  describe: () => undefined,
  callEndpoint: absent,
  canLogIn: false,
  auth: { logIn: absent, beforeCreate: async () => undefined, confirm: absent, reset: absent },
  close: async () => undefined,
};

/** There is no such function, or none for this caller. The text is what App Services answered. */
export function functionNotFound(name: string): GatewayError<'FUNCTION_NOT_FOUND'> {
  const message = `function not found: '${name}'`;
  return new GatewayError('FUNCTION_NOT_FOUND', { function: name }, { message });
}

/** What functions may know of a request. */
export function describeRequest({ headers, ip, method }: SeenRequest): FunctionRequest {
  return { remoteIPAddress: ip, httpMethod: method, httpUserAgent: headers['user-agent'] ?? '' };
}
