import { expect, test } from '@jest/globals';
import { type CostGateway, expectBoundedCost } from '../../support/cost.ts';

const RANGE = { smallest: 1000, largest: 500_000 };

/** A gateway that costs, for a body of a length, what `secondsOf` says. */
function gatewayOf(secondsOf: (length: number) => number): CostGateway {
  return {
    url: () => '',
    send: async () => ({ status: 200, text: '' }),
    cost: async ({ body = '' }) => secondsOf(body.length),
  };
}

const measure = (secondsOf: (length: number) => number) =>
  expectBoundedCost(gatewayOf(secondsOf), (size) => ({ body: 'x'.repeat(size) }), RANGE);

test.each([
  ['with the size', (length: number) => length * 1e-6],
  ['with the size and its logarithm', (length: number) => length * Math.log2(length) * 1e-7],
  ['hardly', () => 0.001],
])('what grows %s is within the bound', async (_how, secondsOf) => {
  await expect(measure(secondsOf)).resolves.toBeUndefined();
});

test.each([
  ['the square, at once', (length: number) => length ** 2 * 1e-9],
  ['the square, at the largest size alone', (length: number) => length ** 2 * 2e-12],
  ['the cube', (length: number) => length ** 3 * 1e-15],
  ['more than three times a doubling', (length: number) => length ** Math.log2(3.1) * 1e-8],
])('what grows with %s is not', async (_how, secondsOf) => {
  await expect(measure(secondsOf)).rejects.toThrow('toBeLessThanOrEqual');
});

test('a single measurement that costs too much is taken again', async () => {
  let calls = 0;
  const secondsOf = (length: number) => {
    calls += 1;
    return length * 1e-6 * (calls < 12 && calls % 2 === 0 ? 5 : 1);
  };
  await expect(measure(secondsOf)).resolves.toBeUndefined();
});
