/** Where the audit log is kept: nowhere, in the log, or in the store. */
import { expect, test } from '@jest/globals';
import { ACCOUNT_OPERATIONS, logIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import {
  createTemporaryDirectory,
  startGateway,
  useEmbeddedGateway,
} from '../../support/gateway.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';

const logged = useEmbeddedGateway({ AUDIT_LOG: 'log', LOG_USER_IDS: 'hashed' });

test('AUDIT_LOG=log leaves a line with the message "audit", ids as LOG_USER_IDS says', async () => {
  const { logText, url } = logged();
  const { user } = await logInAnonymously(createGraphQLClient(url));
  const lines = logText()
    .split('\n')
    .filter((line) => line.includes('"msg":"audit"'))
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: 30, type: 'LOGGED_IN', actor: 'CLIENT', provider: 'anonymous', address: '127.0.0.1' },
  ]);
  expect(lines[0].userId).toMatch(/^[\w-]{22}$/);
  expect(logText()).not.toContain(user.id);
});

const unaudited = useEmbeddedGateway();

test('without AUDIT_LOG nothing is kept, and events are counted all the same', async () => {
  const { logText, url } = unaudited();
  const send = createGraphQLClient(url);
  await logInAnonymously(send);
  await logIn(send, { apiKey: { key: 'wrong' } });
  await send(ACCOUNT_OPERATIONS.apiKeys);
  expect(logText()).not.toContain('"msg":"audit"');
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('log_ins_total{provider="anonymous",result="accepted"} 1');
  expect(text).toContain('log_ins_total{provider="api-key",result="refused"} 1');
  expect(text).not.toContain('audit_entries_total{');
});

test('a gateway that stops writes what waits', async () => {
  const { path, remove } = await createTemporaryDirectory();
  try {
    const env = { DATA_DIR: path, AUDIT_LOG: 'store' };
    const gateway = await startGateway(env);
    const { user } = await logInAnonymously(createGraphQLClient(gateway.url));
    await gateway.stop();
    const { stdout } = await runCommand(['audit', '--user', user.id], env);
    expect(stdout).toContain(` LOGGED_IN CLIENT provider=anonymous userId=${user.id} `);
  } finally {
    await remove();
  }
});
