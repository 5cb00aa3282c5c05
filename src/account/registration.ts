/** A registered e-mail address as it is stored. */
import type { Document } from '../values/documents.ts';
import type { StoredEmailToken } from './email-tokens.ts';

/** An e-mail address and a password. Of two addresses that differ in case the one as written is meant. */
export interface EmailPassword {
  readonly email: string;
  readonly password: string;
}

/** A registered e-mail address. */
export interface Registration extends Document {
  /** Id of the identity, 24 hex digits. */
  readonly _id: string;
  /** User id that an account gets if a log-in with this address makes it. */
  readonly userId: string;
  /** As registered: mails go to this spelling, and to no other. */
  readonly email: string;
  /** All spellings that mean this address. Absent: another registration has them, or it is the spelling itself. */
  readonly mailbox?: string;
  /** PHC string; absent while there is no password. */
  readonly passwordHash?: string;
  /**
   * Whether the owner of the mailbox chose the password. A registration does not prove that, and absent, as
   * in those of the version before, it is not proven.
   */
  readonly isProven?: boolean;
  /** How often a password was taken away. Only ever compared with itself. */
  readonly resets: number;
  readonly isConfirmed: boolean;
  readonly createdAt: Date;
  /** The latest token of each kind. That of a confirmed address stays, to tell who uses it again. */
  readonly confirmation?: StoredEmailToken;
  readonly reset?: StoredEmailToken;
}

/** What a token is for; one kind is never accepted for the other. */
export type TokenPurpose = 'confirmation' | 'reset';

/** Does something about a registration. */
export type OnRegistration = (registration: Registration) => Promise<void>;
