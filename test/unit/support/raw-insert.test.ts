import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { serialize } from '../../../src/bson.ts';
import { insertBytes, readMessage } from '../../support/mongodb/raw-insert.ts';

/** An answer of the wire protocol: header, flags, kind 0, document. */
function answer(document: object): Buffer {
  const body = serialize(document);
  const message = Buffer.concat([Buffer.alloc(21), body]);
  message.writeInt32LE(message.length);
  return message;
}

/** Runs `use` with the port of a server that lets `serve` answer each connection. */
async function withServer<T>(serve: (socket: Socket) => void, use: (port: number) => Promise<T>) {
  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  try {
    return await use(address.port);
  } finally {
    server.close();
  }
}

/** Sends the pieces one by one, each when the one before has left. */
async function sendInPieces(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  socket.setNoDelay(true);
  for (const piece of pieces) {
    await new Promise<void>((sent) => socket.write(piece, () => setImmediate(sent)));
  }
}

const OK = answer({ n: 1, ok: 1 });

describe('an answer of the wire protocol', () => {
  test.each([
    ['in one piece', [OK]],
    ['byte by byte', [...OK].map((byte) => Buffer.of(byte))],
    ['cut off in its length', [OK.subarray(0, 2), OK.subarray(2)]],
    ['cut off in its document', [OK.subarray(0, 30), OK.subarray(30)]],
    ['with the next one behind it', [Buffer.concat([OK, OK])]],
  ])('is read to its end: %s', async (_how, pieces) => {
    const message = await withServer(
      (socket) => void sendInPieces(socket, pieces),
      (port) => readMessage(connect(port, '127.0.0.1'), 5000),
    );
    expect(message.toString('hex')).toBe(OK.toString('hex'));
  });

  test('that says the document was refused is an error', async () => {
    const refused = answer({ n: 0, ok: 1, writeErrors: [{ index: 0, code: 11000 }] });
    const insertion = withServer(
      (socket) => void sendInPieces(socket, [refused.subarray(0, 25), refused.subarray(25)]),
      (port) => insertBytes(`mongodb://127.0.0.1:${port}`, 'd', 'c', serialize({ _id: 1 })),
    );
    await expect(insertion).rejects.toThrow('The document was not inserted');
  });

  test.each<[string, (socket: Socket) => void]>([
    ['half of it', (socket) => void socket.end(OK.subarray(0, 30))],
    ['nothing', (socket) => void socket.resume()],
  ])('that does not come is an error: %s', async (_what, serve) => {
    const message = withServer(serve, (port) => readMessage(connect(port, '127.0.0.1'), 200));
    await expect(message).rejects.toThrow('did not answer');
  });
});
