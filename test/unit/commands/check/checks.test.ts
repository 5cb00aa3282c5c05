import { expect, test } from '@jest/globals';
import { CannotCheckError, type Check, runChecks } from '../../../../src/commands/check/checks.ts';
import { serviceUnavailable } from '../../../../src/errors.ts';

const create = (name: string, run: Check['run']): Check => ({
  ...{ name, run, tried: 'look', remedy: 'Mend it', limit: 50 },
});

test('one that fails, hangs or cannot be made keeps none of the others', async () => {
  const results = await runChecks([
    create('thrown', () => Promise.reject(serviceUnavailable(new Error('connect ECONNREFUSED')))),
    create('hanging', () => new Promise(() => undefined)),
    create('without', () => Promise.reject(new CannotCheckError('the store cannot be opened'))),
    create('good', async () => ({ status: 'ok', found: 'all' })),
    create('found', async () => ({ status: 'failed', found: 'a fault' })),
    create('told', async () => ({ status: 'failed', found: 'a fault', remedy: 'Mend that' })),
  ]);
  const tried = 'look';
  expect(results).toEqual([
    {
      ...{ name: 'thrown', tried, status: 'failed', remedy: 'Mend it' },
      found: 'The store cannot be reached, try again (connect ECONNREFUSED)',
    },
    {
      name: 'hanging',
      tried,
      status: 'failed',
      found: 'No answer within 0.05 s',
      remedy: 'Mend it',
    },
    { name: 'without', tried, status: 'skipped', found: 'the store cannot be opened' },
    { name: 'good', tried, status: 'ok', found: 'all' },
    { name: 'found', tried, status: 'failed', found: 'a fault', remedy: 'Mend it' },
    { name: 'told', tried, status: 'failed', found: 'a fault', remedy: 'Mend that' },
  ]);
});
