// Bare `node:http`: collects the body, looks the token up, answers. As little as can be done.
import { createServer } from 'node:http';
import { announce, claimsOf, meOf } from './shared.mjs';

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    const claims = claimsOf(request.headers.authorization);
    const body = `${JSON.stringify({ data: { me: claims === null ? null : meOf(claims) } })}\n`;
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => announce(/** @type {any} */ (server.address()).port));
