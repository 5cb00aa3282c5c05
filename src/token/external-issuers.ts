/** Checks tokens of the issuers that the operator trusts for the `custom-jwt` log-in. */
import { decodeJwt } from 'jose';
import { createKeySource, type RemoteKeySettings } from './external-keys.ts';
import { createExternalTokens, type ExternalTokens, TokenRefusedError } from './external-token.ts';
import type { ExternalIssuerConfig } from './issuers-config.ts';

/** Creates the check; keys of remote issuers are fetched when first needed. */
export function createExternalIssuers(
  config: readonly ExternalIssuerConfig[],
  settings: RemoteKeySettings,
): ExternalTokens {
  const trusted = new Map(
    config.map((issuer) => [issuer.issuer, { ...issuer, keys: createKeySource(issuer, settings) }]),
  );
  const issuerOf = (token: string) => {
    // Only picks the configuration to verify with; nothing of it is believed before that.
    const { iss } = decodeJwt(token);
    const found = trusted.get(typeof iss === 'string' ? iss : undefined) ?? trusted.get(undefined);
    if (found === undefined) throw new TokenRefusedError('The issuer is not configured');
    return found;
  };
  return createExternalTokens(issuerOf, settings.now);
}
