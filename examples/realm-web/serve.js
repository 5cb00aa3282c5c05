/** Serves the page: `node serve.js`, then open the address it prints. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);
const here = (file) => new URL(file, import.meta.url);

const FILES = new Map([
  ['/', ['text/html', here('index.html')]],
  ['/page.js', ['text/javascript', here('page.js')]],
  ['/realm-web.js', ['text/javascript', resolve('realm-web/dist/bundle.iife.js')]],
]);

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const [type, file] = FILES.get(pathname) ?? [];
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
  response.end(await readFile(file));
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
