/** `KEEP_ALIVE_TIMEOUT`: how long a connection is kept that nothing is asked on. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { useEmbeddedGateway } from '../../support/gateway.ts';

const short = useEmbeddedGateway({ KEEP_ALIVE_TIMEOUT: '1s' });
const long = useEmbeddedGateway({ KEEP_ALIVE_TIMEOUT: '1h' });

/** A connection that has been answered once and is kept. */
async function askOnce(url: string): Promise<{ socket: Socket; answer: string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [answer] = await once(socket, 'data');
  return { socket, answer };
}

test('an idle connection is closed after it, and not before', async () => {
  const kept = await askOnce(long().url);
  const { socket, answer } = await askOnce(short().url);
  const begin = performance.now();
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\nkeep-alive: timeout=1\r\n/i);
  expect(kept.answer).toMatch(/\r\nkeep-alive: timeout=3600\r\n/i);
  socket.resume();
  await once(socket, 'close');
  // Timers of Node may be a millisecond early.
  expect(performance.now() - begin).toBeGreaterThanOrEqual(990);
  expect(kept.socket.readyState).toBe('open');
  kept.socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect((await once(kept.socket, 'data'))[0]).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  kept.socket.destroy();
}, 30_000);
