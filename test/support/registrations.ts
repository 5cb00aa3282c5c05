/** Registrations on two clients of one store, as two gateways have them. */
import { beforeAll } from '@jest/globals';
import { createNewPasswordCheck } from '../../src/account/new-passwords.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/account/passwords.ts';
import type { Registration } from '../../src/account/registration.ts';
import {
  createRegistrations,
  REGISTRATIONS_COLLECTION,
  type Registrations,
} from '../../src/account/registrations.ts';
import type { DocumentCollection } from '../../src/store/port.ts';
import type { OpenStore } from './stores.ts';

/** A cost that tests can afford. */
export const CHEAP_COST = { memoryCost: 64, timeCost: 1, parallelism: 1 };

/** What may be chosen as a password by default. */
export const assertNewPassword = createNewPasswordCheck(8);

/** Registrations with a fresh e-mail address. */
export interface RegistrationsUnderTest {
  readonly email: string;
  readonly registrations: Registrations;
  /** The same on the other client. */
  readonly elsewhere: Registrations;
  readonly collection: DocumentCollection;
}

/** Opens the store before all tests; `now` is epoch milliseconds. */
export function useRegistrations(
  openStore: OpenStore,
  now: () => number,
): (hasher?: PasswordHasher) => RegistrationsUnderTest {
  let collection: DocumentCollection;
  let other: DocumentCollection;
  let count = 0;
  beforeAll(async () => {
    collection = await (await openStore()).collection(REGISTRATIONS_COLLECTION);
    other = await (await openStore()).collection(REGISTRATIONS_COLLECTION);
  });
  return (hasher = createPasswordHasher(CHEAP_COST)) => {
    count += 1;
    return {
      email: `user-${count}@example.com`,
      registrations: createRegistrations({ assertNewPassword, collection, now, hasher }),
      elsewhere: createRegistrations({ assertNewPassword, collection: other, now, hasher }),
      collection,
    };
  };
}

/** Registers an address. */
export async function register(
  registrations: Registrations,
  email: string,
  password: string,
  isConfirmed = true,
): Promise<Registration> {
  const registration = { ...(await registrations.prepare({ email, password })), isConfirmed };
  await registrations.insert(registration);
  return registration;
}
