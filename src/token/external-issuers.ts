/** Checks tokens of the issuers that the operator trusts for the `custom-jwt` log-in. */
import { decodeJwt } from 'jose';
import { createKeySource, type RemoteKeySettings } from './external-keys.ts';
import {
  assertTokenLength,
  type ExternalIdentity,
  externalIdFrom,
  metadataFrom,
  TokenRefusedError,
  toRefusal,
  verifyClaims,
} from './external-token.ts';
import type { ExternalIssuerConfig } from './issuers-config.ts';

/** The issuers the operator trusts. */
export interface ExternalIssuers {
  /**
   * Fails with `INVALID_CREDENTIALS` if the token is refused, and with `SERVICE_UNAVAILABLE` if the
   * issuer's keys cannot be fetched now.
   */
  verify(token: string): Promise<ExternalIdentity>;
}

/** What checking external tokens needs beside the configuration. */
export interface ExternalIssuersSettings extends RemoteKeySettings {
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates the check; keys of remote issuers are fetched when first needed. */
export function createExternalIssuers(
  config: readonly ExternalIssuerConfig[],
  settings: ExternalIssuersSettings,
): ExternalIssuers {
  const trusted = new Map(
    config.map((issuer) => [issuer.issuer, { issuer, keys: createKeySource(issuer, settings) }]),
  );
  return {
    async verify(token) {
      try {
        const found = trusted.get(unverifiedIssuerOf(token)) ?? trusted.get(undefined);
        if (found === undefined) throw new TokenRefusedError('The issuer is not configured');
        const payload = await verifyClaims(token, found.keys, {
          ...found.issuer,
          now: settings.now(),
        });
        return {
          issuer: found.issuer.issuer ?? '',
          externalId: externalIdFrom(payload, found.issuer.userIdClaim),
          metadata: metadataFrom(payload, found.issuer.metadata),
        };
      } catch (error) {
        throw toRefusal(error);
      }
    },
  };
}

/** Only picks the configuration to verify with; nothing of it is believed before that. */
function unverifiedIssuerOf(token: string): string | undefined {
  assertTokenLength(token);
  const { iss } = decodeJwt(token);
  return typeof iss === 'string' ? iss : undefined;
}
