/** Serves the page: `node serve.js`, then open the address it prints. Any server of files does. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const here = (file) => new URL(file, import.meta.url);
const client = new URL('.', import.meta.resolve('custom-user-data-client'));

const FILES = new Map([
  ['/', ['text/html', here('index.html')]],
  ['/page.css', ['text/css', here('page.css')]],
  ['/page.js', ['text/javascript', here('page.js')]],
]);

/** The file of a path, and its type. */
function find(pathname) {
  const module = /^\/client\/([a-z-]+\.js)$/.exec(pathname)?.[1];
  return module === undefined ? FILES.get(pathname) : ['text/javascript', new URL(module, client)];
}

const server = createServer(async (request, response) => {
  const [type, file] = find(new URL(request.url, 'http://localhost').pathname) ?? [];
  const content = file && (await readFile(file).catch(() => undefined));
  if (content === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
  response.end(content);
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
