/** The tokens of a session in cookies, which no script of a page can read. */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

const NAME = 'session';
/** With name and attributes a cookie holds 4096 bytes at most. */
const CHUNK = 3180;
/** Browsers send all of them with every request, and Node.js takes 16 KiB of headers. */
const MAX_LENGTH = 12_000;
const MAX_CHUNKS = Math.ceil(MAX_LENGTH / CHUNK);
const SIXTY_DAYS = 60 * 24 * 60 * 60;

// `prefix: 'host'` makes it `__Host-…`: of this host alone, over HTTPS, for every path.
const OPTIONS = { prefix: 'host', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' };

/** The tokens that a request came with; `null`: none. Nothing is verified yet. */
export function readTokens(c) {
  const chunks = [];
  for (let index = 0; index < MAX_CHUNKS; index += 1) {
    const chunk = getCookie(c, `${NAME}-${index}`, 'host');
    if (chunk === undefined) break;
    chunks.push(chunk);
  }
  const [accessToken, refreshToken] = chunks.join('').split('~');
  return accessToken && refreshToken ? { accessToken, refreshToken } : null;
}

/** Sends the tokens with the answer; `null`: they are taken back. Throws if they are longer than cookies may be. */
export function writeTokens(c, tokens) {
  // Neither base64url nor the dots of a token are escaped in a cookie.
  const text = tokens === null ? '' : `${tokens.accessToken}~${tokens.refreshToken}`;
  if (text.length > MAX_LENGTH) throw new Error('The tokens are too long for cookies');
  for (let index = 0; index < MAX_CHUNKS; index += 1) {
    const chunk = text.slice(index * CHUNK, (index + 1) * CHUNK);
    const name = `${NAME}-${index}`;
    // What is left of a longer session would be taken for the end of this one.
    if (chunk === '') deleteCookie(c, name, OPTIONS);
    else setCookie(c, name, chunk, { ...OPTIONS, maxAge: SIXTY_DAYS });
  }
}
