/** Whatever is sent, the answers are those of Node.js alone, whether requests repeat others or not. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { conversation } from '../../../support/http-arbitraries.ts';
import { mostly } from '../../../support/json-arbitraries.ts';
import {
  ask,
  masked,
  type RepeatingServer,
  startRepeatingServer,
  talkTo,
} from '../../../support/repeating-server.ts';

const RUNS = 1500;

describe('on a connection', () => {
  let repeating: RepeatingServer;
  let plain: RepeatingServer;
  beforeAll(async () => {
    repeating = await startRepeatingServer();
    plain = await startRepeatingServer({ repeats: false });
  });
  afterAll(() => Promise.all([repeating.stop(), plain.stop()]));

  /** Requests that are right, in pieces, each of which may wait for the answers to what came before. */
  const step = fc.record({
    asked: fc.record({
      path: mostly(['/graphql'], '/other'),
      token: fc.constantFrom('a.b-c._d', 'e', 'f'.repeat(300)),
      body: fc.constantFrom('{"query":"{ me { id } }"}', '{}', `"${'\xfc'.repeat(40)}"`),
      headers: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom([], ['X-Other: Bearer a.b-c._d']) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            ...[['X-Other:  two spaces'], ['x-other:none'], ['Authorization: Bearer again']],
            ...[['Connection: keep-alive'], ['X-Other: \xe9 ']],
          ),
        },
      ),
    }),
    cuts: fc.oneof(
      { weight: 6, arbitrary: fc.constant<number[]>([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
      },
    ),
    waits: fc.oneof(
      { weight: 12, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  });
  /** Then whatever may come. */
  const rest = conversation({ tokens: ['a.b-c._d', 'e'], appId: 'app' });

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  /** A text in pieces. */
  function cutUp(text: string, cuts: readonly number[]): string[] {
    const places = [0, ...cuts.map((cut) => Math.floor(cut * text.length)), text.length];
    const sorted = places.toSorted((a, b) => a - b);
    return sorted
      .map((start, index) => text.slice(start, sorted[index + 1] ?? start))
      .filter((piece) => piece !== '');
  }

  async function talk(
    port: number,
    steps: readonly Step[],
    chunks: readonly Uint8Array[],
  ): Promise<string> {
    const connection = talkTo(port);
    let pending = '';
    for (const [index, { asked, cuts, waits }] of steps.entries()) {
      pending += ask(asked);
      // What does not wait comes together with the next.
      if (!waits) continue;
      for (const piece of cutUp(pending, cuts)) await connection.send(piece);
      pending = '';
      await connection.answers(index + 1);
    }
    if (pending !== '') await connection.send(pending);
    for (const chunk of chunks) await connection.send(Buffer.from(chunk).toString('latin1'));
    return masked(await connection.end());
  }

  test('whatever comes, in whatever pieces, is answered as Node.js alone has it answered', async () => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 20, size: 'max' }),
      fc.oneof(fc.constant(null), rest),
      async (steps, last) => {
        const chunks = last?.chunks ?? [];
        const [answered, expected] = await Promise.all([
          talk(repeating.port, steps, chunks),
          talk(plain.port, steps, chunks),
        ]);
        expect(answered).toBe(expected);
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
    // Otherwise nothing was shown.
    expect(repeating.repeated.length).toBeGreaterThan(RUNS);
  }, 120_000);
});
