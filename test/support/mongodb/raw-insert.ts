/** Inserts documents as bytes: the driver cannot send BSON's deprecated types. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { deserialize, serialize } from '../../../src/bson.ts';

const OP_MSG = 2013;
const HEADER_BYTES = 16;
const FLAG_BYTES = 4;
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
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
  const answer = await Promise.race([
    once(socket, 'data').then(([chunk]: Buffer[]) => chunk),
    once(socket, 'close').then(() => undefined),
  ]);
  socket.destroy();
  if (answer === undefined) throw new Error('The server did not answer the insertion');
  const result = deserialize(answer.subarray(HEADER_BYTES + FLAG_BYTES + 1));
  if (result.ok !== 1 || result.n !== 1) throw new Error('The document was not inserted');
}
