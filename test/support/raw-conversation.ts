/** Bytes sent over a connection as they are, and what comes back. */
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** How a client leaves: `half` says that nothing more comes, and listens; `reset` is gone at once. */
export type Farewell = 'half' | 'reset';

/** What is sent. */
export interface Conversation {
  /** In turns; the event loop turns in between, so each is a packet of its own. */
  readonly chunks: readonly Uint8Array[];
  readonly farewell: Farewell;
}

/** Longer than the gateway gives a request to arrive. */
const PATIENCE_MILLISECONDS = 20_000;

/** Sends the chunks and resolves with all that comes back until the connection is closed, by whomever. */
export async function converse(
  url: string,
  { chunks, farewell }: Conversation,
): Promise<{ readonly text: string; readonly isTimeout: boolean }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const received: Buffer[] = [];
  let isTimeout = false;
  socket.setTimeout(PATIENCE_MILLISECONDS, () => {
    isTimeout = true;
    socket.destroy();
  });
  socket.on('data', (chunk) => received.push(chunk));
  // A reset is one way to be answered.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const chunk of chunks) {
    if (socket.destroyed) break;
    socket.write(chunk);
    await setImmediate();
  }
  if (farewell === 'half') socket.end();
  else socket.resetAndDestroy();
  await closed;
  return { text: Buffer.concat(received).toString('latin1'), isTimeout };
}

/** The status codes of the answers in a text. */
export function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
