/** A page with the bundled client package, for tests in a browser: it shows who is logged in, and runs rounds of requests. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What the page offers to a test, as `app`. */
const APP = `
  import { createSession } from './index.ts';
  const url = new URLSearchParams(location.search).get('gateway');
  const sent = [];
  const counting = (address, init) => {
    sent.push(JSON.parse(init.body).query);
    return fetch(address, init);
  };
  const session = createSession({ url, fetch: counting });
  const show = () => {
    document.body.textContent = session.status + ' ' + (session.user?.id ?? 'nobody');
  };
  session.subscribe(show);
  show();
  async function askMe() {
    const token = await session.getAccessToken();
    const answer = await fetch(url + '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer ' + token },
      body: '{"query":"{ me { id } }"}',
    });
    const { data, errors } = await answer.json();
    return data?.me?.id === session.user?.id ? [] : [errors?.[0]?.extensions?.code ?? 'LOST'];
  }
  async function round(ahead, count) {
    globalThis.ahead = ahead;
    return (await Promise.all(Array.from({ length: count }, askMe))).flat();
  }
  globalThis.app = { session, round, count: (field) => sent.filter((query) => query.includes('{' + field)).length };
`;
/** Lets the device's clock be set: it follows the gateway's. */
const CLOCK = `<script>
  globalThis.ahead = 0;
  const now = Date.now;
  Date.now = () => now() + globalThis.ahead;
</script>`;

/** The page under an address of its own. */
export interface BrowserApp {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** Serves it on a free port. */
export async function serveBrowserApp(): Promise<BrowserApp> {
  const { outputFiles } = await build({
    stdin: { contents: APP, resolveDir: join(import.meta.dirname, '../../../client/src') },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const [script] = outputFiles;
  const server = createServer((request, response) => {
    if (request.url === '/app.js') {
      response.setHeader('content-type', 'text/javascript').end(script?.text);
      return;
    }
    response.setHeader('content-type', 'text/html');
    if (request.url === '/elsewhere') response.end('<!doctype html><body>elsewhere');
    else response.end(`<!doctype html>${CLOCK}<body><script type="module" src="/app.js"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
