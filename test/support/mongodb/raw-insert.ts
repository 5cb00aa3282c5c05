/** Inserts documents as bytes: the driver cannot send BSON's deprecated types. */
import { connect, type Socket } from 'node:net';
import { deserialize, serialize } from '../../../src/bson.ts';

const OP_MSG = 2013;
const HEADER_BYTES = 16;
const FLAG_BYTES = 4;
const LENGTH_BYTES = 4;
const ANSWER_TIMEOUT_MS = 2000;

/** Inserts one document of exactly these bytes, through a connection of its own without log-in. */
export async function insertBytes(
  uri: string,
  database: string,
  collection: string,
  document: Uint8Array,
): Promise<void> {
  const { hostname, port } = new URL(uri);
  const socket = connect(Number(port), hostname);
  const command = serialize({ insert: collection, $db: database });
  // A document sequence (OP_MSG section of kind 1) takes documents as they are.
  const name = Buffer.from('documents\0');
  const size = Buffer.alloc(4);
  size.writeInt32LE(size.length + name.length + document.length);
  const flags = Buffer.alloc(FLAG_BYTES);
  const body = Buffer.concat([flags, Buffer.of(0), command, Buffer.of(1), size, name, document]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(OP_MSG, 12);
  socket.write(Buffer.concat([header, body]));
  const answer = await readMessage(socket, ANSWER_TIMEOUT_MS);
  const result = deserialize(answer.subarray(HEADER_BYTES + FLAG_BYTES + 1));
  if (result.ok !== 1 || result.n !== 1) throw new Error('The document was not inserted');
}

/**
 * The first whole message of the wire protocol that arrives, in however many pieces; its first four
 * bytes say how long it is. Ends the connection.
 *
 * @throws Error if it is not there within `timeoutMs`, or the other side hangs up.
 */
export async function readMessage(socket: Socket, timeoutMs: number): Promise<Buffer> {
  const missing = new Error('The server did not answer the insertion');
  const timer = setTimeout(() => socket.destroy(missing), timeoutMs);
  let received = Buffer.alloc(0);
  try {
    // Anything that ends the connection ends the loop; an error of the socket leaves as it is.
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length < LENGTH_BYTES) continue;
      const length = received.readInt32LE();
      if (received.length >= length) return received.subarray(0, length);
    }
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  throw missing;
}
