/** A registered e-mail address as it is stored, and the rules for addresses. */
import { isAddress, MAX_ADDRESS_BYTES, mailboxOf } from '../email-address.ts';
import { badInput } from '../errors.ts';
import type { DocumentCollection } from '../store/port.ts';
import type { Document } from '../values/documents.ts';
import type { ProvenIdentity } from './account.ts';
import { type AssertNewPassword, countCharacters, MAX_PASSWORD_LENGTH } from './new-passwords.ts';
import type { PasswordHasher } from './passwords.ts';

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

/** What a link in a mail carries. */
export interface EmailToken {
  /** 256 random bits, base64url. */
  readonly token: string;
  /** 24 hex digits. Finds the token; guessing it is of no use. */
  readonly tokenId: string;
}

/** What the store keeps of a token. */
export interface StoredEmailToken {
  readonly id: string;
  /** SHA-256, base64url. The token is random enough to need no slow hash. */
  readonly hash: string;
  readonly expiresAt: Date;
  /** Tokens of this kind since `countedSince`, this one included. */
  readonly count: number;
  readonly countedSince: Date;
}

/** What registrations are made of. */
export interface RegistrationParts {
  /** The collection that `REGISTRATIONS_COLLECTION` describes. */
  readonly collection: DocumentCollection;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly hasher: PasswordHasher;
  readonly assertNewPassword: AssertNewPassword;
}

/** The identity that a registration proves to whoever knows its password. */
export function identityOf({ _id, userId, email }: Registration): ProvenIdentity {
  return { id: _id, userId, provider: 'local-userpass', externalId: email, data: { email } };
}

/** Takes the password away. Log-ins with it that run now see that it was reset. */
export const FORGET_PASSWORD = { $unset: { passwordHash: '' }, $inc: { resets: 1 } } as const;

/**
 * The registration of the address as written, else of one that differs in case.
 *
 * Together, so that the time does not tell which spelling is there.
 */
export async function findByEmail(
  collection: DocumentCollection,
  email: string,
): Promise<Registration | null> {
  const mailbox = mailboxOf(email);
  const [spelled, meant] = await Promise.all([
    collection.find<Registration>({ email: { $in: [email, mailbox] } }),
    collection.findOne<Registration>({ mailbox }),
  ]);
  return spelled.find((each) => each.email === email) ?? spelled[0] ?? meant;
}

/** Fails with `BAD_USER_INPUT` unless the text is an e-mail address; a mailbox proves the rest. */
export function assertEmail(email: string): void {
  if (isAddress(email)) return;
  throw badInput('The "email" is not an e-mail address', '/email');
}

/** Whether no account can have these, so that hashing megabytes of password is not worth while. */
export function isTooLong(input: { readonly email: string; readonly password: string }): boolean {
  return (
    Buffer.byteLength(input.email) > MAX_ADDRESS_BYTES ||
    countCharacters(input.password) > MAX_PASSWORD_LENGTH
  );
}
