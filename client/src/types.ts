/** What a session is made of, and what it offers. */
import type { Fetch, SessionStorage } from './platform.ts';

/**
 * What an app knows of its documents: the module that `custom-user-data schema types --client` prints adds `customData` and
 * `newCustomUserData`, and sessions and hooks have these types.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is for apps to add to.
export interface Register {}

/** A document whose fields are not known. */
export type AnyDocument = Readonly<Record<string, unknown>>;

/** The document; its fields are not known unless the app has registered them. */
export type CustomData = Register extends { readonly customData: infer Data } ? Data : AnyDocument;

/** What a write of documents of this type may name. */
export type NewCustomUserData<Data = CustomData> = Register extends {
  readonly customData: Data;
  readonly newCustomUserData: infer New;
}
  ? New
  : { readonly [Field in keyof Data]?: unknown };

/** A user, exactly as `me` answers. Frozen at every depth. */
export interface User<Data = CustomData> {
  /** 24 hex digits. */
  readonly id: string;
  /**
   * The snapshot of the document in the access token, as relaxed Extended JSON; `null` if there is no document, or
   * if it is too large for a token: then there is a `customDataRevision`.
   */
  readonly customData: Data | null;
  /** Revision of the document; `null` if there is none. */
  readonly customDataRevision: string | null;
  /** When the snapshot was read, ISO 8601. */
  readonly customDataReadAt: string;
  /** When the access token expires, ISO 8601. The session goes on. */
  readonly tokenExpiresAt: string;
}

/** `restoring`: the storage has not answered yet. */
export type SessionStatus = 'restoring' | 'loggedOut' | 'loggedIn';

/**
 * What happened, here or in another tab. `LOGGED_IN`: there is a user, perhaps another one than before. `REFRESHED`:
 * the access token lives on. `DATA_CHANGED`: `user.customData` is another. `LOGGED_OUT`: somebody logged out.
 * `ENDED`: the gateway has ended the session.
 */
export type SessionEvent = 'LOGGED_IN' | 'REFRESHED' | 'DATA_CHANGED' | 'LOGGED_OUT' | 'ENDED';

/** Exactly one way to log in, as `CredentialsInput` of the gateway. */
export type Credentials =
  | { readonly anonymous: true }
  | { readonly emailPassword: { readonly email: string; readonly password: string } }
  | { readonly customJwt: { readonly token: string } }
  | { readonly apiKey: { readonly key: string } }
  | { readonly function: { readonly payload: unknown } }
  | { readonly google: { readonly idToken: string } }
  | { readonly apple: { readonly idToken: string } };

/** How a write combines with the document there is. */
export type WriteMode = 'MERGE' | 'REPLACE' | 'DEEP_MERGE';

/** One operator; `path` is a JSON Pointer. */
export type CustomDataOperation =
  | { readonly set: { readonly path: string; readonly value: unknown } }
  | { readonly unset: { readonly path: string } }
  | { readonly increment: { readonly path: string; readonly by: unknown } }
  | { readonly append: { readonly path: string; readonly value: unknown } }
  | { readonly addToSet: { readonly path: string; readonly value: unknown } }
  | { readonly pull: { readonly path: string; readonly value: unknown } };

/** What the database did. */
export interface UpdateResult {
  readonly acknowledged: boolean;
  readonly matchedCount: number;
  readonly modifiedCount: number;
  readonly upsertedId: string | null;
  readonly deletedCount: number;
}

/** The user as a write left them, and what it did. */
export interface Written<Data = CustomData> {
  readonly user: User<Data>;
  readonly result: UpdateResult;
}

/** A token that was reissued for a session, and its user. */
export interface Reissued {
  readonly accessToken: string;
  readonly user: unknown;
}

/** How a session is made. */
export interface SessionOptions {
  /** The gateway, such as `https://gateway.example`, with or without `/graphql`. */
  readonly url: string;
  /** Where the session is kept. By default `localStorage`; where there is none, memory. */
  readonly storage?: SessionStorage | undefined;
  /** By default the platform's. */
  readonly fetch?: Fetch | undefined;
  /** Key in the storage, and name of the lock. By default made of `url`; several apps at one gateway need their own. */
  readonly key?: string | undefined;
  /** How long before its expiry a token is refreshed, in milliseconds. By default 60 000; at most half its life. */
  readonly refreshMargin?: number | undefined;
}

/** Condition of a write. */
export interface Expectation {
  /** Revision that the stored document must have; `""`: there must be none. */
  readonly expectedRevision?: string | null | undefined;
}

/**
 * A user's session. Its methods reject with `GatewayError`, or with `OfflineError` if nothing answered in 10 s; what
 * needs a user and has none with the code `UNAUTHENTICATED`. They are bound and can be passed on.
 */
export interface Session<Data = CustomData> {
  readonly status: SessionStatus;
  /** Resolves when the status is no longer `restoring`; never rejects. */
  readonly ready: Promise<void>;
  /** The same object until something in it changes. */
  readonly user: User<Data> | null;
  /** Starts a session in place of the one there is. `INVALID_CREDENTIALS`, `RATE_LIMITED`. */
  logIn(credentials: Credentials): Promise<User<Data>>;
  /** Makes an account; does not log in. `ACCOUNT_EXISTS`, `BAD_USER_INPUT`. */
  registerUser(email: string, password: string): Promise<{ readonly userId: string }>;
  /** Forgets the user at once, in every tab. Whether the gateway has ended the session, too. */
  logOut(): Promise<boolean>;
  /** Has the document read again. */
  refreshCustomData(): Promise<User<Data>>;
  /** `CUSTOM_DATA_INVALID`, `FIELD_NOT_WRITABLE`, `CUSTOM_DATA_TOO_LARGE`, `REVISION_CONFLICT`. */
  writeCustomUserData(
    newCustomUserData: NewCustomUserData<Data>,
    options?: Expectation & { readonly mode?: WriteMode | undefined },
  ): Promise<Written<Data>>;
  /** Applies operators in order, all or none. Errors as above. */
  updateCustomUserData(
    operations: readonly CustomDataOperation[],
    options?: Expectation,
  ): Promise<Written<Data>>;
  /**
   * A token to send; `null` if nobody is logged in. It is refreshed if it is about to expire or is `notThis`: one
   * that was refused.
   */
  getAccessToken(options?: { readonly notThis?: string | undefined }): Promise<string | null>;
  /** Takes what another client of the gateway got for this session; anything else is ignored. */
  keepReissued(reissued: Reissued): void;
  /** Tells what happens; the result ends that. Nobody waits for a listener; what it throws, or rejects with, is reported. */
  subscribe(listener: (event: SessionEvent) => unknown): () => void;
  /** Stops listening to other tabs and telling. The session itself is kept. */
  close(): void;
}
