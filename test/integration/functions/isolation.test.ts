/** What one call leaves in its process must not reach the next caller. */
import { describe, expect, test } from '@jest/globals';
import { useAppFunctions } from '../../support/app-functions.ts';

/** What a function does to what the calls of a process share, and what shows that it was done. */
const TOUCHES: Readonly<Record<string, readonly [touch: string, look: string, clean: unknown]>> = {
  'a class of the web': ['URL.prototype.leaked = 1', 'new URL("a:b").leaked', null],
  'a method of the web': [
    'URL.prototype.toString = () => "leaked"',
    'new URL("a:b").toString()',
    'a:b',
  ],
  'a getter': [
    'Object.defineProperty(URL.prototype, "href", { get: () => "leaked" })',
    'new URL("a:b").href',
    'a:b',
  ],
  Buffer: ['Buffer.leaked = 1', 'Buffer.leaked', null],
  'what Buffer inherits': [
    'Object.getPrototypeOf(Buffer.prototype).leaked = 1',
    'Buffer.from("a").leaked',
    null,
  ],
  'the prototype of a class': [
    'Object.setPrototypeOf(Headers.prototype, { leaked: 1 })',
    'new Headers().leaked',
    null,
  ],
  'a method that is taken away': [
    'delete URLSearchParams.prototype.append',
    'typeof URLSearchParams.prototype.append',
    'function',
  ],
  'the functions of the process': [
    'URL.constructor.prototype.leaked = 1',
    'URL.constructor.prototype.leaked',
    null,
  ],
  'the objects of the process': [
    'Object.getPrototypeOf(URL.prototype).leaked = 1',
    'process.leaked',
    null,
  ],
  'a global of the process': [
    'URL.constructor("globalThis.leaked = 1")()',
    'URL.constructor("return globalThis.leaked")()',
    null,
  ],
  'a function of the process': [
    'URL.constructor("JSON.stringify = () => 1")()',
    'URL.constructor("return JSON.stringify(null)")()',
    'null',
  ],
  'a member of process': ['process.leaked = 1', 'process.leaked', null],
  'a function of process': ['process.uptime = () => "leaked"', 'typeof process.uptime()', 'number'],
  'a listener of process': [
    'process.on("message", () => null)',
    'process.listenerCount("message") < 3',
    true,
  ],
  'a listener of process that is taken away': [
    'process.removeAllListeners("unhandledRejection")',
    'process.listenerCount("unhandledRejection")',
    1,
  ],
  'the environment': ['process.env.LEAKED = "1"', 'process.env.LEAKED', null],
  'the working directory': ['process.chdir("/")', 'process.cwd() === "/"', false],
  'a module of Node.js': [
    'require("node:fs").readFileSync = () => "leaked"',
    'require("fs").readFileSync.length',
    2,
  ],
  'a class of a module of Node.js': [
    'require("node:events").EventEmitter.prototype.leaked = 1',
    'new (require("events"))().leaked',
    null,
  ],
  'a part of a module of Node.js': [
    'require("node:fs").promises.readFile = null',
    'typeof require("node:fs").promises.readFile',
    'function',
  ],
  crypto: ['crypto.leaked = 1', 'crypto.leaked', null],
};
const names = Object.keys(TOUCHES);

const SOURCES = {
  ...Object.fromEntries(
    Object.values(TOUCHES).flatMap(([touch, look], index) => [
      [`touch${index}`, `exports = () => { ${touch}; return process.pid; }`],
      [`look${index}`, `exports = () => [(${look}) ?? null, process.pid]`],
    ]),
  ),
  pid: 'exports = () => process.pid',
  uses: `exports = async () => {
    const { createHash, randomUUID } = require('node:crypto');
    for (const name of ['fs', 'http', 'https', 'os', 'path', 'stream', 'url', 'util', 'zlib', 'timers', 'assert']) require(name);
    createHash('sha256').update(randomUUID()).digest('hex');
    await fetch('data:,x').then((answer) => answer.text());
    await context.http.get({ url: 'http://127.0.0.1:1/' }).catch(() => null);
    new URL('a:b?c').searchParams.get('c');
    utils.jwt.encode('HS256', { a: 1 }, 'secret');
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode('a'));
    structuredClone(new Blob(['a'])); new AbortController().abort(); performance.now();
    process.emitWarning('only said'); console.log(Buffer.from('a').toString('base64'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    await import('node:path');
    return process.pid;
  }`,
  polyfilled: `exports = () => { require('polyfill'); return process.pid; }`,
  late: `exports = () => { URL.prototype.leaked = 1; require('late'); return process.pid; }`,
  folder: `exports = () => [process.cwd(), require('node:fs').readdirSync('.'), require('./helper')]`,
  environment: 'exports = () => process.env',
};

describe('what a call does to', () => {
  const { call, path } = useAppFunctions(SOURCES, {
    timeoutSeconds: 10,
    threads: 1,
    files: {
      'functions/helper.js': 'module.exports = "helper"',
      'functions/node_modules/polyfill/index.js':
        'URL.prototype.polyfill = 1; process.on("exit", () => null);',
      'functions/node_modules/late/index.js': 'module.exports = 1',
    },
  });

  test.each(names)('%s is not seen by the next', async (name) => {
    const index = names.indexOf(name);
    const touched = await call(`touch${index}`);
    const [seen, pid] = (await call(`look${index}`, [], { userId: 'another' })) as unknown[];
    const value = typeof seen === 'object' && seen !== null && 'value' in seen ? seen.value : seen;
    expect(value).toEqual(TOUCHES[name]?.[2]);
    expect(pid).not.toEqual(touched);
  });

  test('nothing that is shared leaves the process to the next: what Node.js has is only used', async () => {
    const first = await call('uses');
    for (let count = 0; count < 5; count += 1) expect(await call('uses')).toEqual(first);
    expect(await call('pid')).toEqual(first);
  });

  test('shared objects while a package is loaded is the package, once a process', async () => {
    const first = await call('polyfilled');
    expect(await call('polyfilled')).toEqual(first);
    expect(await call('pid')).toEqual(first);
  });

  test('shared objects before it loads a package is not taken for the package', async () => {
    const first = await call('late');
    expect(await call('pid')).not.toEqual(first);
  });

  test('the disk by relative paths is in an empty folder of its own; files beside functions are required', async () => {
    const [folder, entries, helper] = (await call('folder')) as unknown[];
    expect(entries).toEqual([]);
    expect(helper).toBe('helper');
    expect([process.cwd(), path(), '/']).not.toContain(folder);
  });

  test('its environment begins with nothing', async () => {
    expect(await call('environment')).toEqual({});
  });
});
