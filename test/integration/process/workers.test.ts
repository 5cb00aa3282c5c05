/** Several worker processes: they are one gateway, whatever becomes of one of them. */
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTemporaryDirectory, type TestEnv } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously } from '../../support/graphql-client.ts';
import { post, runWorkersGateway, type WorkersGateway } from '../../support/workers.ts';

const ME = '{ me { id } }';
const ENDED = 'a worker has ended, another takes its place';
const REPLACED = 'all workers are replaced';
const KEPT = 'a new worker cannot start';
/** A new connection for each request, so that any worker may answer. */
const CLOSE = { headers: { connection: 'close' } };

/** Ends what a test has begun and not ended. */
const running = new Set<WorkersGateway>();
afterEach(async () => {
  for (const gateway of running) await gateway.stop();
  running.clear();
});

function run(env: TestEnv): WorkersGateway {
  const gateway = runWorkersGateway(env);
  running.add(gateway);
  return gateway;
}

/** Asks again and again, each loop on its own, until told to end. */
function keepAsking(url: string, loops: number, agent?: () => Agent) {
  let isOver = false;
  const answers: (number | undefined)[][] = Array.from({ length: loops }, () => []);
  const asking = answers.map(async (own) => {
    const used = agent?.();
    while (!isOver) own.push((await post(url, ME, used && { agent: used })).status);
    used?.destroy();
  });
  return async () => {
    isOver = true;
    await Promise.all(asking);
    return answers;
  };
}

describeOnEveryStore('a gateway with two workers', (provideStore) => {
  test('prints one address when all listen; each answers, and knows what the other has written', async () => {
    const gateway = run(provideStore().env);
    const url = await gateway.url();
    const workers = await gateway.listened();
    expect(new Set(workers).size).toBe(2);
    expect(workers).not.toContain(gateway.child.pid);
    const { accessToken } = await logInAnonymously(createGraphQLClient(url));
    const write = 'mutation { writeCustomUserData(newCustomUserData: {a: 1}) { customData } }';
    const read = 'mutation { refreshCustomData { customData } }';
    expect(await post(url, write, { token: accessToken })).toMatchObject({ status: 200 });
    for (let turn = 0; turn < 4; turn += 1) {
      const { body } = await post(url, read, { token: accessToken });
      expect(JSON.parse(body).data.refreshCustomData.customData.a).toBe(1);
    }
    await gateway.stop();
    const answered = gateway.linesOf('request').map(({ pid }) => pid);
    expect(new Set(answered)).toEqual(new Set(workers));
    expect(gateway.addresses).toHaveLength(1);
  }, 60_000);

  test('loses at most the requests on the connections of a worker that is killed, and replaces it', async () => {
    const gateway = run(provideStore().env);
    const url = await gateway.url();
    const [killed = 0] = await gateway.listened();
    const loops = 8;
    const end = keepAsking(url, loops);
    await gateway.line('request', 20);
    process.kill(killed, 'SIGKILL');
    expect(await gateway.line(ENDED)).toMatchObject({
      level: 50,
      worker: killed,
      code: null,
      signal: 'SIGKILL',
    });
    expect(new Set(await gateway.listened(3)).size).toBe(3);
    for (const own of await end()) {
      expect(own.length).toBeGreaterThan(0);
      // Each loop had one request under way.
      expect(own.filter((status) => status !== 200).length).toBeLessThanOrEqual(1);
    }
  }, 60_000);
});

describe('a gateway with two workers', () => {
  let dataDir: string;
  let removeData: () => Promise<void>;
  beforeEach(async () => {
    ({ path: dataDir, remove: removeData } = await createTemporaryDirectory());
  });
  afterEach(() => removeData());

  const schemaOf = (...names: readonly string[]) =>
    JSON.stringify({
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    });

  /** Starts one with a schema of one field, `old`. */
  async function startWithSchema(env: TestEnv = {}) {
    const file = join(dataDir, 'schema.json');
    await writeFile(file, schemaOf('old'));
    const gateway = run({ DATA_DIR: dataDir, CUSTOM_DATA_SCHEMA_FILE: file, ...env });
    const url = await gateway.url();
    /** The fields that a worker shows, of several new connections. */
    const fields = async () => {
      const query = '{ __type(name: "CustomUserData") { fields { name } } }';
      const seen = new Set<string>();
      for (let turn = 0; turn < 4; turn += 1) {
        const { data } = JSON.parse((await post(url, query)).body);
        seen.add(data.__type.fields.map(({ name }: { name: string }) => name).join());
      }
      return [...seen];
    };
    return { gateway, url, file, fields };
  }

  test('replaces its workers on SIGHUP by ones with the new schema, and refuses no request meanwhile', async () => {
    const { fields, file, gateway, url } = await startWithSchema();
    expect(await fields()).toEqual(['old']);
    await writeFile(file, schemaOf('new'));
    const endNew = keepAsking(url, 2);
    const endKept = keepAsking(url, 2, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    gateway.child.kill('SIGHUP');
    await gateway.line(REPLACED);
    const answers = [...(await endNew()), ...(await endKept())].flat();
    expect(answers.length).toBeGreaterThan(50);
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(await fields()).toEqual(['new']);
    expect(new Set(await gateway.listened(4)).size).toBe(4);
  }, 60_000);

  test('keeps its workers when the schema file is broken, and says every problem of it', async () => {
    const { fields, file, gateway } = await startWithSchema();
    const broken = { 'no-name': { type: 'string' }, b: { typo: true } };
    await writeFile(file, JSON.stringify({ type: 'object', properties: broken }));
    gateway.child.kill('SIGHUP');
    const { level, problems, pid } = await gateway.line(KEPT);
    expect({ level, pid }).toEqual({ level: 50, pid: gateway.child.pid });
    expect((problems as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      '/properties/b/typo',
      '/properties/no-name',
    ]);
    expect(await fields()).toEqual(['old']);
    await gateway.stop();
    expect(gateway.linesOf('listening')).toHaveLength(2);
    expect(gateway.linesOf(ENDED)).toEqual([]);
  }, 60_000);

  test('replaces its workers once more after SIGHUPs that come while it does', async () => {
    const { fields, file, gateway } = await startWithSchema();
    gateway.child.kill('SIGHUP');
    await gateway.listened(3);
    await writeFile(file, schemaOf('newest'));
    gateway.child.kill('SIGHUP');
    gateway.child.kill('SIGHUP');
    await gateway.line(REPLACED, 2);
    expect(await fields()).toEqual(['newest']);
    await gateway.stop();
    expect(gateway.linesOf(REPLACED)).toHaveLength(2);
  }, 60_000);

  test('waits longer and longer for a worker that cannot start again, and answers with the others', async () => {
    const { file, gateway, url } = await startWithSchema();
    const [killed = 0] = await gateway.listened();
    await writeFile(file, schemaOf('no-name'));
    process.kill(killed, 'SIGKILL');
    await gateway.line(ENDED, 4);
    const ends = gateway.linesOf(ENDED);
    const waits = ends.map(({ milliseconds }) => Number(milliseconds));
    // The first had lived for long, or not: by that it waits 0 or 250 ms.
    for (const [index, wait] of waits.slice(1).entries()) {
      expect(wait).toBe(Math.max(250, 2 * (waits[index] ?? 0)));
    }
    expect(ends[1]).toMatchObject({ code: 1, problems: [{ path: '/properties/no-name' }] });
    expect((await post(url, ME)).status).toBe(200);
    await writeFile(file, schemaOf('mended'));
    await gateway.listened(3);
  }, 60_000);

  test('has the requests of all workers in its metrics, and of those that are gone', async () => {
    const gateway = run({ DATA_DIR: dataDir });
    const url = await gateway.url();
    const asked = 10;
    const counted = async () => {
      const metrics = await (await fetch(`${url}/metrics`, CLOSE)).text();
      const [, count] =
        /http_request_duration_seconds_count\{method="POST",route="\/graphql",status="200"\} (\d+)/.exec(
          metrics,
        ) ?? [];
      return Number(count);
    };
    for (let count = 0; count < asked; count += 1) await post(url, ME);
    expect(await counted()).toBe(asked);
    expect(await counted()).toBe(asked);
    const [killed = 0] = await gateway.listened();
    process.kill(killed, 'SIGKILL');
    await gateway.listened(3);
    expect(await counted()).toBe(asked);
    await post(url, ME);
    expect(await counted()).toBe(asked + 1);
  }, 60_000);

  test('has a line in the log for every request that it answered before it stopped', async () => {
    const gateway = run({ DATA_DIR: dataDir });
    const url = await gateway.url();
    const asked = 40;
    await Promise.all(Array.from({ length: asked }, () => post(url, ME)));
    gateway.child.kill('SIGTERM');
    expect(await gateway.closed).toMatchObject({ exitCode: 0 });
    expect(gateway.linesOf('request')).toHaveLength(asked);
  }, 60_000);

  test('whose primary is killed answers what has arrived, and leaves no process', async () => {
    const gateway = run({ DATA_DIR: dataDir });
    const url = await gateway.url();
    const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    await Promise.all(agents.map((agent) => post(url, ME, { agent })));
    const register = `mutation { registerUser(email: "EMAIL", password: "long enough") { userId } }`;
    const answers = agents.map((agent, index) =>
      post(url, register.replace('EMAIL', `${index}@example.com`), { agent }),
    );
    // The others have arrived by then: each takes a while to hash a password.
    await Promise.race(answers);
    gateway.child.kill('SIGKILL');
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    expect(await gateway.closed).toMatchObject({ signal: 'SIGKILL' });
    for (const agent of agents) agent.destroy();
  }, 60_000);

  test('ends with one message and exit code 1 if none can start, and leaves no process', async () => {
    const first = run({ DATA_DIR: dataDir });
    const { port } = new URL(await first.url());
    const second = run({ DATA_DIR: dataDir, PORT: port });
    expect(await second.closed).toMatchObject({ exitCode: 1 });
    expect(await second.stderr).toBe(
      `custom-user-data: PORT ${port} of 127.0.0.1 is in use by another process\n`,
    );
    const lost = run({ MONGODB_URI: 'mongodb://127.0.0.1:1/' });
    expect(await lost.closed).toMatchObject({ exitCode: 1 });
    expect(await lost.stderr).toMatch(/^custom-user-data: The store cannot be reached[^\n]*\n$/);
  }, 60_000);

  test('goes on with the others while one worker is told to stop', async () => {
    const gateway = run({ DATA_DIR: dataDir });
    const url = await gateway.url();
    const [stopped = 0] = await gateway.listened();
    process.kill(stopped, 'SIGTERM');
    expect(await gateway.line(ENDED)).toMatchObject({ worker: stopped, code: 0, signal: null });
    expect((await post(url, ME)).status).toBe(200);
    await gateway.listened(3);
  }, 60_000);

  test('keeps its port while no worker is left, and takes it again', async () => {
    const gateway = run({ DATA_DIR: dataDir });
    const url = await gateway.url();
    for (const worker of await gateway.listened()) process.kill(worker, 'SIGKILL');
    await gateway.listened(3);
    expect((await post(url, ME)).status).toBe(200);
  }, 60_000);

  test('is not ready, and takes connections, for DRAIN_DELAY', async () => {
    const gateway = run({ DATA_DIR: dataDir, DRAIN_DELAY: '2s' });
    const url = await gateway.url();
    gateway.child.kill('SIGTERM');
    const statusOf = async () => (await fetch(`${url}/health/ready`, CLOSE)).status;
    while ((await statusOf()) === 200);
    for (let turn = 0; turn < 4; turn += 1) await statusOf();
    expect(await statusOf()).toBe(503);
    expect((await post(url, ME)).status).toBe(200);
    expect(await gateway.closed).toMatchObject({ exitCode: 0 });
  }, 60_000);
});
