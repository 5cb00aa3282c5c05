/** Whatever is asked, in whatever words, the answer is one of the codes that are documented, and none is a fault of ours. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { ERROR_CATALOGUE } from '../../../src/errors.ts';
import { runCommand } from '../../support/command.ts';
import { fuzz } from '../../support/fuzz.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { documentOf } from '../../support/graphql-arbitraries.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';
import { mostly } from '../../support/json-arbitraries.ts';

jest.setTimeout(180_000);

const RUNS = 1000;
const PARSING = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'];
/** Codes of Apollo Server. */
const ENGINE_CODES = [...PARSING, 'OPERATION_RESOLUTION_FAILURE'];

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly extensions: { readonly code: string; readonly reason?: string };
  }[];
}

describeOnEveryStore('GraphQL documents', (provideStore) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  afterAll(() => gateway.stop());

  const variables = fc.oneof(
    fc.constant({ given: { a: 1 } }),
    fc.constant({}),
    fc.record({ given: fc.jsonValue({ maxDepth: 4 }) }),
    mostly<unknown>([{}], [], 'text', { given: '\u0000' }),
  );

  test(`${RUNS} random ones are answered with a documented code each, and never with a fault`, async () => {
    const { stdout } = await runCommand(['schema', 'print'], {});
    const send = createGraphQLClient(gateway.url);
    let { accessToken } = await logInAnonymously(send);
    const seen = new Set<string>();
    const ask = async (query: string, given: unknown, hasToken: boolean) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(hasToken ? { authorization: `Bearer ${accessToken}` } : {}),
        },
        body: JSON.stringify({ query, variables: given }),
      });
      expect(response.status).not.toBe(500);
      const { data, errors } = (await response.json()) as Answer;
      const codes = errors?.map(({ extensions }) => extensions.code) ?? ['none'];
      for (const code of codes) seen.add(code);
      if (errors === undefined) expect(data).toEqual(expect.any(Object));
      // Some documents log out, or delete the user.
      const isOver = errors?.some(({ extensions }) => extensions.reason === 'SESSION_ENDED');
      if (isOver) ({ accessToken } = await logInAnonymously(send));
    };
    const property = fc.asyncProperty(
      documentOf(buildSchema(stdout)),
      variables,
      fc.integer({ min: 0, max: 9 }),
      (query, given, chance) => ask(query, given, chance > 0),
    );
    await fuzz('GraphQL documents', property, RUNS);
    const documented = [...Object.keys(ERROR_CATALOGUE), ...ENGINE_CODES, 'none'];
    expect([...seen].filter((code) => !documented.includes(code))).toEqual([]);
    expect([...seen]).not.toContain('INTERNAL_SERVER_ERROR');
    // Otherwise all were refused for one reason, and nothing was tried.
    expect([...seen]).toEqual(
      expect.arrayContaining(['none', 'BAD_USER_INPUT', 'UNAUTHENTICATED', ...PARSING]),
    );
    expect(gateway.logText()).not.toContain('unexpected error');
  });
});
