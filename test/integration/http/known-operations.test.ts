/** A mutation that is known is executed without being parsed again, and answered as any other. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { logInAnonymously } from '../../support/graphql-client.ts';
import { mostly } from '../../support/json-arbitraries.ts';
import { headersOf, type KeepingPair, startKeepingPair } from '../../support/keeping-pair.ts';
import { postRaw } from '../../support/raw-request.ts';

describe('a mutation that is known', () => {
  let pair: KeepingPair;
  beforeAll(async () => {
    pair = await startKeepingPair();
  });
  afterAll(() => pair.stop());

  /** What is the same for two users who did the same: ids and revisions are not. */
  const withoutIds = (text: string) =>
    text
      .replaceAll(/[0-9a-f]{24}/g, 'ID')
      .replaceAll(/(?<="currentRevision":")[\w-]+/g, 'REVISION');
  const changes = fc.array(
    fc.record({
      n: fc.integer({ min: -5, max: 5 }),
      path: mostly(['/count', '/other'], '/list', '/$bad', ''),
      data: mostly<object | number>([{ list: [] }, { other: 1 }], { _id: 5 }, { $bad: 1 }, 7),
      revision: mostly([null], 'another', ''),
      has: mostly([true], false),
    }),
    { minLength: 5, maxLength: 5 },
  );
  const CHANGE = `mutation Change($n: JSON!, $path: String!, $data: JSON!, $revision: String) {
    first: updateCustomUserData(operations: [{increment: {path: "/count", by: $n}}]) { ...shown }
    second: writeCustomUserData(newCustomUserData: $data, expectedRevision: $revision) { ...shown }
    third: updateCustomUserData(operations: [{increment: {path: $path, by: 1}}]) { ...shown }
    refreshCustomData { user { customData } }
  }
  fragment shown on WriteCustomUserDataPayload { result { modifiedCount matchedCount } user { customData } }`;

  test('is answered as it is without, and each of its fields has run once', async () => {
    const stored = async (token: string) => {
      const { data } = await pair.send('mutation { refreshCustomData { customData } }', { token });
      return withoutIds(JSON.stringify(data));
    };
    const found = await pair.countFound(() =>
      fc.assert(
        fc.asyncProperty(changes, async (made) => {
          const [one, two] = await Promise.all([
            logInAnonymously(pair.send),
            logInAnonymously(pair.send),
          ]);
          for (const { has, ...variables } of made) {
            const body = JSON.stringify({ query: CHANGE, variables });
            const ask = async (url: string, { accessToken }: typeof one) => {
              const answer = await postRaw(url, headersOf(has ? accessToken : undefined), body);
              return { ...answer, body: withoutIds(answer.body) };
            };
            expect(await ask(pair.keeping.url, one)).toEqual(await ask(pair.plain.url, two));
          }
          expect(await stored(one.accessToken)).toBe(await stored(two.accessToken));
        }),
        { numRuns: 40, endOnFailure: true },
      ),
    );
    expect(found.answer).toBe(0);
    expect(found.operation).toBeGreaterThan(20);
    expect(found.nothing).toBeGreaterThan(5);
  }, 120_000);
});
