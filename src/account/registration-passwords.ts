/** Log-ins with the password of a registration. */
import { GatewayError, isGatewayError } from '../errors.ts';
import type { DocumentCollection } from '../store/port.ts';
import { isTooLong } from './email-password.ts';
import type { PasswordHasher } from './passwords.ts';
import type { EmailPassword, Registration } from './registration.ts';
import { findByEmail } from './registration-records.ts';

/** See `Registrations.verify`. */
export async function verify(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  { email, password }: EmailPassword,
): Promise<Registration> {
  if (isTooLong({ email, password })) throw new GatewayError('INVALID_CREDENTIALS', {});
  const registration = await findByEmail(collection, email);
  const passwordHash = registration?.passwordHash;
  // Without a registration the decoy is verified, so that the time tells nothing.
  const matches = await hasher.verify(passwordHash ?? hasher.decoy, password);
  if (registration === null || passwordHash === undefined || !matches) {
    throw new GatewayError('INVALID_CREDENTIALS', {});
  }
  if (!registration.isConfirmed) {
    throw new GatewayError('INVALID_CREDENTIALS', { reason: 'NOT_CONFIRMED' });
  }
  if (hasher.isOutdated(passwordHash)) {
    await renewHash(collection, hasher, { _id: registration._id, passwordHash }, password);
  }
  return registration;
}

/** With too many passwords in line the old hash stays until the next log-in: this one was right. */
async function renewHash(
  collection: DocumentCollection,
  hasher: PasswordHasher,
  { _id, passwordHash }: { readonly _id: string; readonly passwordHash: string },
  password: string,
): Promise<void> {
  try {
    const renewed = await hasher.hash(password);
    // The old hash in the filter: a password changed meanwhile must not be changed back.
    await collection.updateOne({ _id, passwordHash }, { $set: { passwordHash: renewed } });
  } catch (error) {
    if (!isGatewayError(error, 'RATE_LIMITED')) throw error;
  }
}
