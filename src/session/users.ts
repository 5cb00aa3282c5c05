/** The use cases about accounts: make, confirm, link, delete them, and keep their API keys. */
import type { IdentityProvider } from '../account/identities.ts';
import type { Document } from '../store/port.ts';
import type { TokenClaims } from '../token/claims.ts';
import type { Credentials } from './log-in.ts';

/** Who asks: the claims of a verified access or refresh token. */
export type Caller = Pick<TokenClaims, 'userId' | 'sessionId'>;

/** An account as its user may see it. */
export interface UserProfile {
  readonly userId: string;
  readonly identities: readonly {
    /** 24 hex digits. */
    readonly id: string;
    readonly provider: IdentityProvider;
    /** What this provider says about the user. */
    readonly data: Document;
  }[];
  /** What all providers say about the user, merged. Kept apart from custom data. */
  readonly data: Document;
}

/** An API key as it is shown after it was made. */
export interface ApiKey {
  /** 24 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly isDisabled: boolean;
  readonly createdAt: Date;
}

/** A new API key with its secret, which is shown this once. */
export interface CreatedApiKey extends ApiKey {
  readonly key: string;
}

/**
 * The use cases about accounts. Every one may fail with `SERVICE_UNAVAILABLE`, those with a caller
 * with `UNAUTHENTICATED` (`SESSION_ENDED`).
 */
export interface Users {
  /**
   * Makes an e-mail/password account; it may have to be confirmed before it can be logged in to. Fails
   * with `ACCOUNT_EXISTS` or `BAD_USER_INPUT`.
   */
  registerUser(input: { email: string; password: string }): Promise<{ userId: string }>;
  /** Fails with `EMAIL_TOKEN_INVALID` or `USER_ALREADY_CONFIRMED`. */
  confirmUser(input: { token: string; tokenId: string }): Promise<void>;
  /** Sends the confirmation again, by mail or by function as configured. Fails with `USER_NOT_FOUND` or `USER_ALREADY_CONFIRMED`. */
  sendConfirmation(email: string): Promise<void>;
  /** Fails with `EMAIL_TOKEN_INVALID` or `BAD_USER_INPUT`. */
  resetPassword(input: { token: string; tokenId: string; password: string }): Promise<void>;
  /** Mails a reset link. Fails with `USER_NOT_FOUND`, or `BAD_USER_INPUT` if resets by mail are off. */
  sendResetPasswordEmail(email: string): Promise<void>;
  /**
   * Resets by the operator's function, which gets the arguments (BSON values) and says whether it may be.
   * Fails with `USER_NOT_FOUND`, or `BAD_USER_INPUT` if resets by function are off.
   */
  callResetPasswordFunction(input: {
    email: string;
    password: string;
    args: readonly unknown[];
  }): Promise<void>;

  /** The caller's account. */
  profile(caller: Caller): Promise<UserProfile>;
  /**
   * Adds one more way to log in to the caller's account. Fails with `IDENTITY_IN_USE`, and as `logIn`
   * does for credentials that are refused.
   */
  linkCredentials(caller: Caller, credentials: Credentials): Promise<void>;
  /**
   * Deletes the caller's account: sessions end, API keys die. The document stays unless
   * `DELETE_CUSTOM_DATA_WITH_USER` says otherwise.
   */
  deleteUser(caller: Caller): Promise<void>;

  /** Fails with `API_KEY_EXISTS` or `BAD_USER_INPUT`. */
  createApiKey(caller: Caller, name: string): Promise<CreatedApiKey>;
  /** The oldest first. */
  listApiKeys(caller: Caller): Promise<readonly ApiKey[]>;
  /** Fails with `API_KEY_NOT_FOUND`, as all that take an id. */
  findApiKey(caller: Caller, id: string): Promise<ApiKey>;
  deleteApiKey(caller: Caller, id: string): Promise<void>;
  enableApiKey(caller: Caller, id: string): Promise<void>;
  disableApiKey(caller: Caller, id: string): Promise<void>;
}
