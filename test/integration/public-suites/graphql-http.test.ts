import { describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { useEmbeddedGateway } from '../../support/gateway.ts';

/**
 * Audits that warn, each explained in docs/conformance.md. A warning is a SHOULD or MAY that the
 * engine decided against; an error would be a MUST.
 */
const KNOWN_WARNINGS: readonly string[] = ['572B', 'FDE2', '7B9B'];

describe('GraphQL over HTTP', () => {
  const gateway = useEmbeddedGateway();

  const audits = serverAudits({
    url: () => `${gateway().url}/graphql`,
    // The audits' GET requests would be refused as cross-site without this header.
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, {
        ...init,
        headers: { ...(init.headers as object), 'apollo-require-preflight': '1' },
      }),
  });

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
    '%s %s',
    async (id, _name, audit) => {
      const result = await audit.fn();
      const expected = KNOWN_WARNINGS.includes(id) ? 'warn' : 'ok';
      expect({ status: result.status, reason: 'reason' in result ? result.reason : '' }).toEqual({
        status: expected,
        reason: expected === 'ok' ? '' : expect.any(String),
      });
    },
  );
});
