/** Whatever bytes come, the gateway answers without a 500, goes on serving others, and keeps its memory. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fuzz } from '../../support/fuzz.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';
import { conversation } from '../../support/http-arbitraries.ts';
import { converse, statusesIn } from '../../support/raw-conversation.ts';
import { post, runWorkersGateway, type WorkersGateway } from '../../support/workers.ts';

const RUNS = 4000;
/** Conversations at a time, so that one that waits does not hold up the others. */
const LANES = 8;
const APP_ID = 'myapp-abcde';
/** Far below one document or body a conversation, were any kept. */
const MAX_GROWTH_MEGABYTES = 150;
const KIB_A_MEGABYTE = 1024;

describe('raw HTTP', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let gateway: WorkersGateway;
  let url: string;
  let tokens: readonly string[];

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    gateway = runWorkersGateway({ WORKERS: '1', DATA_DIR: directory.path, APP_ID });
    url = await gateway.url();
    const send = createGraphQLClient(url);
    const users = await Promise.all([logInAnonymously(send), logInAnonymously(send)]);
    tokens = users.map(({ accessToken }) => accessToken);
  });
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
  });

  const residentMegabytes = () => {
    const status = readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / KIB_A_MEGABYTE;
  };

  async function assertHarmless(conversations: ReturnType<typeof conversation>): Promise<void> {
    const lanes = fc.array(conversations, { minLength: LANES, maxLength: LANES });
    const seen = new Set<number>();
    const property = fc.asyncProperty(lanes, async (made) => {
      const answers = await Promise.all(made.map((each) => converse(url, each)));
      for (const { isTimeout, text } of answers) {
        expect(isTimeout).toBe(false);
        const statuses = statusesIn(text);
        expect(statuses).not.toContain(500);
        for (const status of statuses) seen.add(status);
      }
    });
    await fuzz('Conversations', property, Math.ceil(RUNS / LANES));
    // Otherwise all were refused alike, and nothing was tried.
    expect([...seen]).toEqual(expect.arrayContaining([200, 400, 401, 404, 405, 415, 417, 431]));
  }

  test(`of ${RUNS} broken, mixed and cut conversations has no 500, and ends nothing else`, async () => {
    const token = tokens[0] as string;
    // What warm code takes is no growth.
    await Promise.all(Array.from({ length: 50 }, () => post(url, '{ me { id } }', { token })));
    const before = residentMegabytes();
    await assertHarmless(conversation({ tokens, appId: APP_ID }));
    expect(gateway.child.exitCode).toBeNull();
    expect(residentMegabytes() - before).toBeLessThan(MAX_GROWTH_MEGABYTES);
    const answer = await post(url, '{ me { id } }', { token });
    expect(answer.status).toBe(200);
    expect(gateway.linesOf('unexpected error')).toEqual([]);
  }, 120_000);
});
