/** The records of registrations: one a mailbox, found by every spelling of its address. */
import { mailboxOf } from '../email-address.ts';
import { GatewayError, serviceUnavailable } from '../errors.ts';
import { type DocumentCollection, DuplicateKeyError } from '../store/port.ts';
import type { Identity } from './identities.ts';
import type { Registration } from './registration.ts';

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

/** See `Registrations.adopt`. */
export async function adopt(
  collection: DocumentCollection,
  {
    userId,
    identity: { id, externalId: email },
    now,
  }: { readonly userId: string; readonly identity: Identity; readonly now: number },
): Promise<Registration> {
  const registration: Registration = {
    ...{ _id: id, userId, email, mailbox: mailboxOf(email) },
    ...{ isProven: true, resets: 0, isConfirmed: true, createdAt: new Date(now) },
  };
  try {
    await collection.insertOne(registration);
    return registration;
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    const found = await findByEmail(collection, email);
    if (found === null) throw serviceUnavailable(error);
    return found;
  }
}

/** Fails with `ACCOUNT_EXISTS`. */
export async function insert(
  collection: DocumentCollection,
  registration: Registration,
): Promise<void> {
  try {
    await collection.insertOne(registration);
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    // A driver that retries on a server without deduplication collides with its own first try.
    const own = await collection.findOne({ _id: registration._id });
    if (own === null) throw new GatewayError('ACCOUNT_EXISTS', {});
  }
}
