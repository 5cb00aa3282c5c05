/** Users who write without a pause, whatever becomes of the gateway, and what of it is found afterwards. */
import { setTimeout as delay } from 'node:timers/promises';
import { createGraphQLClient, type GraphQLAnswer, logInAnonymously } from './graphql-client.ts';

/** One user of the load. */
export interface LoadUser {
  readonly id: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Increments that were sent, and those of them that were answered with success. */
  sent: number;
  acknowledged: number;
}

/** A load that runs. */
export interface WriteLoad {
  readonly users: readonly LoadUser[];
  /** Answers by code; `OK`, and `NO_ANSWER` for a connection that broke. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Acknowledged writes of all users. */
  readonly acknowledged: () => number;
  /** Resolves when so many more writes are acknowledged. */
  readonly more: (count: number) => Promise<void>;
  /** Waits for the answers that are due, and sends no more. */
  readonly stop: () => Promise<void>;
}

/** What a load is made of. */
export interface WriteLoadOptions {
  readonly users: number;
  /** Where the gateways are; a write that fails is followed by one to the next of them. */
  readonly urls: () => readonly string[];
  /** Most milliseconds that a client waits for an answer. */
  readonly patience?: number;
}

const INCREMENT = `mutation {
  updateCustomUserData(operations: [{ increment: { path: "/count", by: 1 } }]) { expiresAt } }`;
const READ = 'mutation { refreshCustomData { customData(format: PLAIN) user { id } } }';
const PAUSE_AFTER_FAILURE = 20;
const PATIENCE = 10_000;

/** Logs users in and starts to write. */
export async function startWriteLoad({
  patience = PATIENCE,
  urls,
  users: count,
}: WriteLoadOptions): Promise<WriteLoad> {
  const [first = ''] = urls();
  const send = createGraphQLClient(first);
  const users: LoadUser[] = [];
  for (let index = 0; index < count; index += 1) {
    const { accessToken, refreshToken, user } = await logInAnonymously(send);
    users.push({ id: user.id, accessToken, refreshToken, sent: 0, acknowledged: 0 });
  }
  const outcomes: Record<string, number> = {};
  const waiting = new Set<() => void>();
  let isStopped = false;
  const acknowledged = () => users.reduce((sum, user) => sum + user.acknowledged, 0);

  async function write(user: LoadUser, place: number): Promise<void> {
    for (let turn = place; !isStopped; ) {
      const at = urls();
      user.sent += 1;
      const outcome = await sendOnce(at[turn % at.length] ?? '', user.accessToken, patience);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome === 'OK') {
        user.acknowledged += 1;
        for (const look of waiting) look();
        continue;
      }
      turn += 1;
      await delay(PAUSE_AFTER_FAILURE);
    }
  }

  const running = users.map(write);
  return {
    users,
    outcomes,
    acknowledged,
    more: (wanted) =>
      new Promise((resolve) => {
        const target = acknowledged() + wanted;
        const look = () => {
          if (acknowledged() < target) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      }),
    async stop() {
      isStopped = true;
      await Promise.all(running);
    },
  };
}

async function sendOnce(url: string, token: string, patience: number): Promise<string> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: INCREMENT }),
      signal: AbortSignal.timeout(patience),
    });
    const answer = (await response.json()) as Pick<GraphQLAnswer, 'errors'>;
    return answer.errors?.[0]?.extensions.code ?? 'OK';
  } catch {
    return 'NO_ANSWER';
  }
}

/** What is found of a load. */
export interface FoundWrites {
  readonly acknowledged: number;
  readonly found: number;
  readonly sent: number;
  /** Users of whom less is found than was acknowledged, or more than was sent. */
  readonly wrong: readonly string[];
}

/**
 * Reads every user's document on the gateway at `url`, with the tokens of before, and says on standard output what
 * was acknowledged and what is found.
 */
export async function findWrites(
  fault: string,
  url: string,
  users: readonly Readonly<LoadUser>[],
): Promise<FoundWrites> {
  const send = createGraphQLClient(url);
  const wrong: string[] = [];
  let found = 0;
  for (const user of users) {
    const { code, data } = await send(READ, { token: user.accessToken });
    if (code !== undefined) throw new Error(`${fault}: a document cannot be read: ${code}`);
    const count: number = data.refreshCustomData.customData?.count ?? 0;
    found += count;
    if (count < user.acknowledged || count > user.sent) wrong.push(user.id);
  }
  const sum = (name: 'acknowledged' | 'sent') =>
    users.reduce((total, user) => total + user[name], 0);
  const result = { acknowledged: sum('acknowledged'), found, sent: sum('sent'), wrong };
  report(fault, result);
  return result;
}

/** Says on standard output what a fault left of the writes. */
export function report(
  fault: string,
  { acknowledged, found }: Pick<FoundWrites, 'acknowledged' | 'found'>,
): void {
  const lost = Math.max(0, acknowledged - found);
  process.stdout.write(
    `FAULT ${fault}: ${acknowledged} writes acknowledged, ${found} found, ${lost} lost\n`,
  );
}
