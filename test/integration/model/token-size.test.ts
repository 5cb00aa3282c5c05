import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from '../../support/graphql-client.ts';

const BUDGET_BYTES = 1536;

/** Any characters, repeated until they are near the budget or beyond: 1 to 4 bytes each, or 6 as JSON. */
const text = fc
  .tuple(
    fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.integer({ min: 0, max: 220 }),
  )
  .map(([characters, times]) => characters.join('').repeat(times));

const name = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter(
    (value) => !/^\$|[.\0]|^(__proto__|constructor|prototype|_bsontype|_id|userId)$/.test(value),
  );

describeOnEveryStore('the size of the token', (provideStore) => {
  let gateway: TestGateway;
  let send: SendOperation;

  beforeAll(async () => {
    gateway = await startGateway({
      ...provideStore().env,
      TOKEN_BUDGET_BYTES: String(BUDGET_BYTES),
    });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  const sizeOf = (token: string) => Buffer.byteLength(`Bearer ${token}`);

  test('is within the budget after every write that is accepted, for any Unicode', async () => {
    const session = await logInAnonymously(send);
    const seen = new Set<string | undefined>();
    await fc.assert(
      fc.asyncProperty(name, text, async (field, value) => {
        const { code, data, errors } = await send(OPERATIONS.write, {
          token: session.accessToken,
          variables: { data: { [field]: value }, mode: 'REPLACE' },
        });
        seen.add(code);
        if (code === undefined) {
          expect(sizeOf(data.writeCustomUserData.accessToken)).toBeLessThanOrEqual(BUDGET_BYTES);
          expect(data.writeCustomUserData.customData[field]).toBe(value);
        } else {
          expect([code, data]).toEqual(['CUSTOM_DATA_TOO_LARGE', null]);
          expect(errors?.[0]?.extensions.size).toBeGreaterThan(BUDGET_BYTES);
        }
        const refreshed = await send(OPERATIONS.refreshCustomData, { token: session.accessToken });
        expect(refreshed.code).toBeUndefined();
        const { accessToken } = refreshed.data.refreshCustomData;
        expect(sizeOf(accessToken)).toBeLessThanOrEqual(BUDGET_BYTES);
      }),
      { numRuns: 150 },
    );
    expect(seen).toEqual(new Set([undefined, 'CUSTOM_DATA_TOO_LARGE']));
  }, 60_000);

  test('may be the whole budget, and the size in the error is exact', async () => {
    const { accessToken } = await logInAnonymously(send);
    const write = (length: number) =>
      send(OPERATIONS.write, {
        token: accessToken,
        variables: { data: { text: 'x'.repeat(length) }, mode: 'REPLACE' },
      });
    let [fits, tooLong] = [0, BUDGET_BYTES];
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2);
      if ((await write(middle)).code === undefined) fits = middle;
      else tooLong = middle;
    }
    const largest = sizeOf((await write(fits)).data.writeCustomUserData.accessToken);
    // One more byte is one or two more characters of base64url.
    expect(BUDGET_BYTES - largest).toBeLessThan(2);
    const { size } = (await write(tooLong)).errors?.[0]?.extensions ?? { size: 0 };
    expect(Number(size) - BUDGET_BYTES).toBeGreaterThan(0);
    expect(Number(size) - largest).toBeLessThanOrEqual(2);
  });
});
