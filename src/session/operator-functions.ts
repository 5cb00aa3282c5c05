/**
 * The operator's functions, as far as the core knows them. They are a guest: what runs them is `src/functions`,
 * which nothing here imports and the core does without.
 */
import type { EmailToken } from '../account/registration.ts';
import type { Binary } from '../bson.ts';
import type { AuthOperation, Config } from '../config.ts';
import type { Deadline } from '../deadline.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { CollectionDefinition, Store } from '../store/port.ts';
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
   * `callFunction` does. What it writes may be the document of the user whom it is `about`.
   */
  callAsSystem(name: string, args: readonly unknown[], about?: string): Promise<unknown>;
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

/** What happens to a user, as triggers are told. */
export interface AuthEvent {
  readonly operation: AuthOperation;
  /** Whose event it is, in the spelling of App Services. */
  readonly providers: readonly string[];
  readonly user: UserProfile;
}

/** Events that are noted: a crash loses none of them any more, and nothing runs yet. */
export interface NotedEvents {
  /** They have happened: the triggers run from now on. Takes no time and does not fail. */
  happened(): void;
  /** They did not happen after all. Does not fail. */
  withdraw(): Promise<void>;
}

/** What is told of users for triggers. */
export interface AuthEvents {
  /**
   * Notes events that are about to happen. Costs nothing where no trigger waits for them; otherwise each is written at
   * once, so that it may share a commit with what makes it happen. Fails with `SERVICE_UNAVAILABLE`.
   */
  note(events: readonly AuthEvent[]): Promise<NotedEvents>;
  /** The same for one request. */
  within(deadline: Deadline): AuthEvents;
}

/** The operator's triggers: functions that run after something has happened to a user. */
export interface AuthTriggers extends AuthEvents {
  /** Begins to run them, and what was left undone. */
  start(): void;
  /** Runs no more; resolves when those that run have ended, or soon after. */
  close(): Promise<void>;
}

/** Where events wait for their triggers. */
export const TRIGGER_EVENTS_COLLECTION: CollectionDefinition = {
  name: 'trigger-events',
  expiresAt: 'expiresAt',
};

/** What came of one try: done, to be tried again, or failed for the last time. */
export type TriggerResult = 'done' | 'failed' | 'given_up';

/** What opening triggers takes. */
export interface OpenTriggersParts {
  readonly config: { readonly functions: Pick<Config['functions'], TriggerSettings> };
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly store: Pick<Store, 'collection'>;
  /** `null`: this process notes events, others run the triggers. */
  readonly functions: Pick<OperatorFunctions, 'has' | 'callAsSystem'> | null;
  /** Whether there is an account, or what is left of one that is being deleted. */
  readonly hasAccount: (userId: string) => Promise<boolean>;
  /** The user's document as BSON values, empty if there is none. */
  readonly readCustomData: (userId: string, deadline?: Deadline) => Promise<Document>;
  readonly onRun?: (trigger: string, result: TriggerResult) => void;
  /** How often it is looked for what is left undone. */
  readonly pollMilliseconds?: number | undefined;
}
type TriggerSettings = 'isStrict' | 'threads' | 'triggers';

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
  /** Opens the triggers. Fails if one cannot be used and `FUNCTIONS_STRICT` is set. */
  readonly openTriggers: (parts: OpenTriggersParts) => Promise<AuthTriggers>;
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

/** Of which nothing is to be run. */
export const NOTHING_NOTED: NotedEvents = {
  happened: () => undefined,
  withdraw: async () => undefined,
};

/** An operator without triggers. */
export const NO_TRIGGERS: AuthTriggers = {
  note: async () => NOTHING_NOTED,
  within: () => NO_TRIGGERS,
  start: () => undefined,
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
