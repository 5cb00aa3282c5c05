/** Properties that are tried with random input, of which the log says how to repeat them. */
import { stderr } from 'node:process';
import fc from 'fast-check';

/**
 * Tries a property so many times. The seed is printed, and may be given as `FUZZ_SEED`.
 *
 * Stops at the first failure: to look for a smaller one would take as long again.
 */
export async function fuzz<Values>(
  name: string,
  property: fc.IAsyncProperty<Values>,
  runs: number,
): Promise<void> {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
  stderr.write(`${name}: ${runs} runs, FUZZ_SEED=${seed}\n`);
  await fc.assert(property, { seed, numRuns: runs, endOnFailure: true });
}
