/** Who the credentials belong to: one branch per provider. */
import type { Account, Accounts } from '../account/accounts.ts';
import type { Provider } from '../config.ts';
import { GatewayError } from '../errors.ts';
import type { ExternalIssuers } from '../token/external-issuers.ts';

/** Exactly one way to prove who the user is. */
export type Credentials =
  | { readonly provider: 'anonymous' }
  | { readonly provider: 'email-password'; readonly email: string; readonly password: string }
  | { readonly provider: 'custom-jwt'; readonly token: string }
  | { readonly provider: 'api-key'; readonly key: string }
  /** `payload` is what the client sent: JSON that may hold Extended JSON. */
  | { readonly provider: 'custom-function'; readonly payload: unknown }
  | { readonly provider: 'google'; readonly idToken: string }
  | { readonly provider: 'apple'; readonly idToken: string };

/** What checking credentials needs. */
export interface CredentialCheck {
  readonly providers: readonly Provider[];
  readonly accounts: Accounts;
  readonly externalIssuers: ExternalIssuers;
}

/** Fails with `BAD_USER_INPUT` if the operator has not switched the provider on. */
export function assertProviderEnabled(providers: readonly Provider[], provider: Provider): void {
  if (!providers.includes(provider)) throw notEnabled(provider);
}

function notEnabled(provider: Provider): GatewayError<'BAD_USER_INPUT'> {
  const message = `The provider "${provider}" is not enabled`;
  return new GatewayError('BAD_USER_INPUT', {}, { message });
}

/**
 * Finds or creates the account that the credentials prove.
 *
 * Fails with `INVALID_CREDENTIALS`, or with `BAD_USER_INPUT` if the provider is not enabled.
 */
export async function authenticate(
  { providers, accounts, externalIssuers }: CredentialCheck,
  credentials: Credentials,
): Promise<Account> {
  assertProviderEnabled(providers, credentials.provider);
  switch (credentials.provider) {
    case 'anonymous':
      return accounts.createAnonymous();
    case 'email-password':
      return accounts.verifyEmailPassword(credentials);
    case 'custom-jwt': {
      const { issuer, externalId, metadata } = await externalIssuers.verify(credentials.token);
      // Two issuers may use the same id for different people.
      return accounts.findOrCreate({
        provider: 'custom-token',
        externalId: JSON.stringify([issuer, externalId]),
        data: metadata,
      });
    }
    default:
      throw notEnabled(credentials.provider);
  }
}
