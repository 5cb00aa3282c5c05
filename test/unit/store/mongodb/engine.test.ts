import { describe, expect, test } from '@jest/globals';
import { type MongoClient, MongoNetworkError, MongoServerError } from 'mongodb';
import { createLog } from '../../../../src/log.ts';
import { warnOfEngine } from '../../../../src/store/mongodb/engine.ts';

/** What is logged as a warning if the database answers `buildInfo` so. */
async function warningsOf(answer: () => Promise<object>): Promise<string[]> {
  const logged: string[] = [];
  const log = createLog('warn', { write: (line: string) => void logged.push(line) });
  const client = { db: () => ({ command: answer }) } as unknown as MongoClient;
  await warnOfEngine(client, log);
  return logged.map((line) => String(JSON.parse(line).msg));
}

describe('the warning of an engine', () => {
  test('is for FerretDB 1, which lists its features', async () => {
    const answer = { version: '7.0.42', ferretdbVersion: 'v1.24.0', ferretdbFeatures: {} };
    expect(await warningsOf(async () => answer)).toEqual([
      expect.stringContaining('FerretDB 1, whose writes are not atomic'),
    ]);
  });

  test.each([
    ['MongoDB', { version: '8.0.0', modules: [] }],
    ['FerretDB 2', { version: '7.0.77', ferretdb: { version: 'v2.7.0' } }],
  ])('is not for %s', async (_name, answer) => {
    expect(await warningsOf(async () => answer)).toEqual([]);
  });

  test('is not for a database that does not say what it is', async () => {
    const refusal = new MongoServerError({ message: 'no such command', code: 59 });
    expect(await warningsOf(() => Promise.reject(refusal))).toEqual([]);
  });

  test('passes on that there is no answer', async () => {
    const outage = new MongoNetworkError('closed');
    await expect(warningsOf(() => Promise.reject(outage))).rejects.toBe(outage);
  });
});
