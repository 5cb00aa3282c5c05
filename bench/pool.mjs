// What the size of the driver's pool is worth with many users at once: requests a second, how long they take, and how
// many connections there are. A proxy answers for the database some milliseconds later, as a network and a replica set
// do. The database named must be one that may be written to.
// Usage: npm run build && node bench/pool.mjs <mongodb://host:port> [users] [milliseconds] [seconds] [sizes]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const MAIN = new URL('../dist/main.js', import.meta.url).pathname;
const [uri, users = '64', latency = '3', seconds = '5', sizes = '2,5,10,20,50,100'] =
  process.argv.slice(2);
const { hostname, port } = new URL(uri);

/** Passes on everything, answers later. */
async function startProxy() {
  const proxy = { connections: 0, peak: 0 };
  const server = createServer((client) => {
    proxy.connections += 1;
    proxy.peak = Math.max(proxy.peak, proxy.connections);
    const database = connect(Number(port), hostname);
    client.setNoDelay(true);
    database.setNoDelay(true);
    client.pipe(database);
    database.on('data', (chunk) => setTimeout(() => client.write(chunk), Number(latency)));
    for (const socket of [client, database]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        database.destroy();
      });
    }
    client.on('close', () => {
      proxy.connections -= 1;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, { port: server.address().port, close: () => server.close() });
}

async function startGateway(mongo) {
  const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
    env: { ...process.env, MONGODB_URI: mongo, PORT: '0', LOG_LEVEL: 'silent', RATE_LIMITS: 'off' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { url: JSON.parse(line).url, stop };
}

async function send(url, query, token) {
  const headers = { 'content-type': 'application/json' };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await answer.json();
  if (errors !== undefined && answer.status !== 503) throw new Error(errors[0].message);
  return data;
}

async function cpuSeconds(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
}

const LOG_IN = 'mutation { logIn(credentials: { anonymous: true }) { accessToken } }';
const REFRESH = 'mutation { refreshCustomData { accessToken } }';

async function measure(size) {
  const proxy = await startProxy();
  const pool = size === 'default' ? '' : `&maxPoolSize=${size}`;
  const mongo = `mongodb://127.0.0.1:${proxy.port}/pool-bench?directConnection=true${pool}`;
  const { url, stop } = await startGateway(mongo);
  const everybody = Array.from({ length: Number(users) });
  const begin = performance.now();
  const logIns = await Promise.all(everybody.map(async () => (await send(url, LOG_IN))?.logIn));
  const burst = performance.now() - begin;
  const took = [];
  let refused = 0;
  const cpu = await cpuSeconds(url);
  const end = performance.now() + Number(seconds) * 1000;
  await Promise.all(
    logIns.filter(Boolean).map(async ({ accessToken }) => {
      while (performance.now() < end) {
        const start = performance.now();
        if ((await send(url, REFRESH, accessToken)) === null) refused += 1;
        took.push(performance.now() - start);
      }
    }),
  );
  const used = (await cpuSeconds(url)) - cpu;
  await stop();
  proxy.close();
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor(took.length * share)].toFixed(0);
  console.log(
    [
      String(size).padStart(7),
      `${(took.length / Number(seconds)).toFixed(0)}/s`,
      `${at(0.5)} ms`,
      `${at(0.99)} ms`,
      `${((used / took.length) * 1000).toFixed(2)} ms CPU`,
      `${proxy.peak} connections`,
      `first log-ins ${burst.toFixed(0)} ms`,
      `refused ${logIns.length - logIns.filter(Boolean).length} log-ins, ${refused} refreshes`,
    ].join('  '),
  );
}

for (const size of sizes.split(',')) await measure(size);
