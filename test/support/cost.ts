/** What a request costs a gateway that runs as a process of its own, in CPU time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createTemporaryDirectory, type TestEnv } from './gateway.ts';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** One HTTP request. */
export interface CostlyRequest {
  /** Path with its query; `/graphql` by default. */
  readonly path?: string;
  /** POST if there is a body, else GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A gateway whose CPU time is watched. */
export interface CostGateway {
  readonly url: () => string;
  /** Sends one request and answers how many bytes of an error came back; 0 if it was none. */
  readonly send: (request: CostlyRequest) => Promise<{ status: number; text: string }>;
  /** CPU seconds that a request takes: the least of three. */
  readonly cost: (request: CostlyRequest) => Promise<number>;
}

/** Runs a gateway for one suite; ask for it in hooks and tests. */
export function useCostGateway(env: TestEnv = {}): CostGateway {
  let address = '';
  let stop = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    const child = spawn(process.execPath, [MAIN, 'start', '--json'], {
      env: {
        ...{ DATA_DIR: directory.path, PORT: '0', RATE_LIMITS: 'off', LOG_LEVEL: 'silent' },
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    stop = async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await directory.remove();
    };
    for await (const line of createInterface(child.stdout)) {
      address = (JSON.parse(line) as { url: string }).url;
      break;
    }
  }, 60_000);
  afterAll(() => stop());

  const send: CostGateway['send'] = async ({ path = '/graphql', method, headers, body }) => {
    const response = await fetch(`${address}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  };

  async function cpuSeconds(): Promise<number> {
    const { text } = await send({ path: '/metrics' });
    return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
  }

  return {
    url: () => address,
    send,
    async cost(request) {
      let least = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3; round += 1) {
        const before = await cpuSeconds();
        const { status, text } = await send(request);
        least = Math.min(least, (await cpuSeconds()) - before);
        // Whatever is wrong with a request, it is told in few words.
        if (status >= 400 || text.includes('"errors"')) expect(text.length).toBeLessThan(65_537);
        expect(status).not.toBe(500);
      }
      return least;
    },
  };
}

/** CPU time from which a size is worth measuring, in seconds. */
const MEASURABLE = 0.05;
/** A request of twice the size may cost so many times as much: less than four, which is the square. */
const MAX_GROWTH = 3;
/**
 * Over two doublings, where the square costs sixteen times as much and what grows with the size four times. Over
 * one, the memory that a larger request leaves behind comes close to the bound by itself.
 */
const SPAN = 4;
const MAX_GROWTH_OF_SPAN = MAX_GROWTH ** 2;
/** How often both sizes are measured before one that costs too much does; the least counts. */
const MOST_ATTEMPTS = 3;

/**
 * Doubles a request from `smallest` on until it costs 50 ms or cannot be larger, and holds what it costs at two
 * doublings more, or at the largest size, to a quarter of that size.
 *
 * @param largest the largest size that the gateway takes; what is larger is refused unread.
 */
export async function expectBoundedCost(
  gateway: CostGateway,
  request: (size: number) => CostlyRequest,
  { smallest, largest }: { readonly smallest: number; readonly largest: number },
): Promise<void> {
  let size = smallest;
  while ((await gateway.cost(request(size))) < MEASURABLE && size * 2 <= largest) size *= 2;
  const large = [size * SPAN, size * 2].find((each) => each <= largest) ?? size;
  const boundOf = (small: number) => MAX_GROWTH_OF_SPAN * Math.max(small, MEASURABLE / SPAN);
  let small = await gateway.cost(request(large / SPAN));
  let whole = await gateway.cost(request(large));
  for (let attempt = 1; attempt < MOST_ATTEMPTS && whole > boundOf(small); attempt += 1) {
    small = Math.min(small, await gateway.cost(request(large / SPAN)));
    whole = Math.min(whole, await gateway.cost(request(large)));
  }
  expect(whole).toBeLessThanOrEqual(boundOf(small));
}
