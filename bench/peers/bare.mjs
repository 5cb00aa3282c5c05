// What a refresh and a write cannot do without, over any store: one verification, one read of the session, one of the
// document, for a write one durable commit, one signature.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { announce, facts, verifyToken } from './shared.mjs';

/**
 * @typedef {Record<string, unknown>} Document
 * @typedef {object} BareStore
 * @property {(sid: string, sub: string) => Promise<Document>} read the document, once the session is found
 * @property {(sid: string, sub: string, change: Document) => Promise<Document>} write the same, changed
 */

/** @type {import('node:crypto').SignKeyObjectInput} */
const key = {
  key: createPrivateKey({ key: facts.privateJwk, format: 'jwk' }),
  dsaEncoding: 'ieee-p1363',
};
const header = Buffer.from('{"alg":"ES256","typ":"at+jwt"}').toString('base64url');

/** @param {object} claims */
function issue(claims) {
  const text = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** @param {BareStore} store */
export function serve(store) {
  /**
   * @param {string} authorization
   * @param {boolean} isWrite
   */
  async function answer(authorization, isWrite) {
    const claims = verifyToken(authorization.slice('Bearer '.length));
    const { sid, sub } = claims;
    const document = isWrite
      ? await store.write(sid, sub, { counter: randomUUID() })
      : await store.read(sid, sub);
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
}
