/** A TCP proxy in front of the test database, to take it away and give it back. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The proxy. It starts `up`. */
export interface TcpProxy {
  /** The URI through the proxy; the driver does not look for other members past it. */
  readonly uri: string;
  /** Lets connections through. */
  readonly up: () => void;
  /** Cuts every connection and refuses new ones, like a database that is stopped. */
  readonly down: () => void;
  /** Resets every connection (TCP RST) and lets new ones through, like a gateway between the two. */
  readonly reset: () => void;
  /** Keeps connections open and lets nothing through, like a network that drops packets. */
  readonly silence: () => void;
  /** Lets one byte a second through of each answer, like a network that is all but gone. */
  readonly drip: () => void;
  /** Lets nothing through that writes, like a replica set without a majority. */
  readonly dropWrites: () => void;
  /** Lets every answer through so many milliseconds late. */
  readonly slow: (milliseconds: number) => void;
  readonly close: () => Promise<void>;
}

type Mode = 'up' | 'down' | 'silent' | 'reading' | 'dripping';

const DRIP_INTERVAL = 1000;

/** Starts a proxy on a free port in front of the first host of `uri`. */
export async function startTcpProxy(uri: string): Promise<TcpProxy> {
  const target = new URL(uri.replace(/,[^/?]*/, ''));
  const sockets = new Set<Socket>();
  let mode: Mode = 'up';
  let delay = 0;
  const server = createServer((incoming) => {
    if (mode === 'down') {
      incoming.destroy();
      return;
    }
    const outgoing = connect(Number(target.port || 27017), target.hostname);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (isLost(mode, chunk)) return;
        if (mode === 'dripping' && from === outgoing) drip(chunk, to);
        else if (delay === 0 || from === incoming) to.write(chunk);
        else setTimeout(() => to.write(chunk), delay);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    uri: throughPort(target, address.port),
    up: () => {
      // What was silenced is lost, and a connection that lost some of its bytes is of no use.
      if (mode !== 'up') cut();
      mode = 'up';
      delay = 0;
    },
    slow: (milliseconds) => {
      delay = milliseconds;
    },
    down: () => {
      mode = 'down';
      cut();
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    silence: () => {
      mode = 'silent';
    },
    drip: () => {
      mode = 'dripping';
    },
    dropWrites: () => {
      mode = 'reading';
    },
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function drip(bytes: Buffer, to: Socket): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < bytes.length && !to.destroyed) to.write(bytes.subarray(sent, sent + 1));
    else clearInterval(timer);
    sent += 1;
  }, DRIP_INTERVAL);
  to.once('close', () => clearInterval(timer));
}

function isLost(mode: Mode, chunk: Buffer): boolean {
  return mode === 'silent' || (mode === 'reading' && isWrite(chunk));
}

/** Whether the bytes hold a command that writes: its name is the name of a string (BSON type 2). */
function isWrite(chunk: Buffer): boolean {
  return ['insert', 'update', 'delete', 'findAndModify'].some((name) =>
    chunk.includes(`\x02${name}\0`),
  );
}

function throughPort(target: URL, port: number): string {
  const uri = new URL(target);
  uri.host = `127.0.0.1:${port}`;
  uri.searchParams.set('directConnection', 'true');
  uri.searchParams.delete('replicaSet');
  return uri.href;
}
