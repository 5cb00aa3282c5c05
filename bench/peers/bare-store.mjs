// What a refresh and a write cannot do without: one verification, one read of the session, one of the document, for a
// write one durable commit, one signature. LMDB is opened as the gateway opens it.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { deserialize, serialize } from 'bson';
import { open } from 'lmdb';
import { announce, verifyToken } from './shared.mjs';

const { privateJwk, users } = JSON.parse(env.BENCH_PEER ?? '{}');
const directory = mkdtempSync(join(tmpdir(), 'custom-user-data-bench-'));
const root = open({
  path: directory,
  noSubdir: false,
  maxDbs: 4,
  overlappingSync: false,
  eventTurnBatching: false,
});
const sessions = root.openDB({ name: 'sessions', encoding: 'binary' });
const documents = root.openDB({ name: 'documents', encoding: 'binary' });
for (const { document, sid, sub } of users) {
  await sessions.put(sid, Buffer.from(serialize({ _id: sid, userId: sub })));
  await documents.put(sub, Buffer.from(serialize({ userId: sub, ...document })));
}

const privateKey = createPrivateKey({ key: privateJwk, format: 'jwk' });
/** @type {import('node:crypto').SignKeyObjectInput} */
const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
const header = Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url');

/** @param {object} claims */
function issue(claims) {
  const text = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/**
 * @param {string} authorization
 * @param {boolean} isWrite
 */
async function answer(authorization, isWrite) {
  const claims = verifyToken(authorization.slice('Bearer '.length));
  if (sessions.get(claims.sid) === undefined) throw new Error('There is no session');
  /** @type {Record<string, unknown>} */
  let document = deserialize(/** @type {Buffer} */ (documents.get(claims.sub)));
  if (isWrite) {
    await documents.transaction(() => {
      document = deserialize(/** @type {Buffer} */ (documents.get(claims.sub)));
      document.counter = randomUUID();
      void documents.put(claims.sub, Buffer.from(serialize(document)));
    });
  }
  const accessToken = issue({ ...claims, user_data: document, jti: randomUUID() });
  return `${JSON.stringify({ data: { payload: { accessToken, customData: document } } })}\n`;
}

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const { query } = JSON.parse(Buffer.concat(chunks).toString());
    const body = await answer(String(request.headers.authorization), query.includes('write'));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => announce(/** @type {any} */ (server.address()).port));
process.once('SIGTERM', () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
