/** Load on two gateways while their keys turn: every client holds tokens that are valid, and counts what is refused. */
import { createCoreClient, logInCore, type SendCore } from './core-client.ts';
import type { TestGateway } from './gateway.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
} from './graphql-client.ts';

/** What the clients saw. */
export interface DrillResult {
  requests: number;
  /** Anything but the answer that was to come, with what was asked. */
  readonly failures: string[];
  /** The keys that tokens were signed with. */
  readonly kids: Set<string>;
}

/** A running load. */
export interface Drill {
  readonly result: DrillResult;
  /** Waits until every client has traded its tokens once more, and fails if one stands still. */
  readonly everyoneRefreshed: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The `kid` of a token, not verified. */
export function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
}

function expiryOf(token: string): number {
  return Number(decodeUnverifiedToken(token).exp) * 1000;
}

/** Longer than the clock is moved at once. */
const LOG_IN_BEFORE = 16 * 60_000;

/**
 * The clock of a drill stands still in between, and a session may trade its token a hundred times within the grace:
 * after half as many only those trades are made that the drill waits for.
 */
const TRADES_AT_A_TIME = 50;

/** How far a client is: it has traded its tokens in so many rounds, and is waited for until it has in so many. */
interface Progress {
  rounds: number;
  awaited: number;
}

interface Client extends Progress {
  readonly done: Promise<void>;
}

/** Starts clients that ask both gateways in turn: GraphQL with rotating refresh tokens, the old protocol with fixed ones. */
export async function startDrill(
  gateways: readonly TestGateway[],
  { clients: count, now }: { readonly clients: number; readonly now: () => number },
): Promise<Drill> {
  const result: DrillResult = { requests: 0, failures: [], kids: new Set() };
  let isStopping = false;
  const pick = <Item>(items: readonly Item[], turn: number) => items[turn % items.length] as Item;
  const senders = gateways.map(({ url }) => createGraphQLClient(url));
  const cores = gateways.map(({ url }) => createCoreClient(url));

  async function request(what: string, run: () => Promise<string | undefined>): Promise<void> {
    result.requests += 1;
    const failure = await run().catch((error: unknown) => String(error));
    if (failure !== undefined) result.failures.push(`${what}: ${failure}`);
  }

  async function runClient(client: Progress, first: number): Promise<void> {
    let session = await logInAnonymously(pick(senders, first));
    const mayTrade = createPace(client, now);
    for (let turn = first; !isStopping; turn += 1) {
      await request('me', async () => {
        const { status, data } = await pick(senders, turn)(OPERATIONS.me, {
          token: session.accessToken,
        });
        return data?.me?.id === session.user.id ? undefined : String(status);
      });
      if (!mayTrade()) continue;
      await request('refreshSession', async () => {
        const { code, data } = await pick(senders, turn + 1)(OPERATIONS.refreshSession, {
          variables: { refreshToken: session.refreshToken },
        });
        if (data?.refreshSession == null) return String(code);
        session = data.refreshSession;
        result.kids.add(kidOf(session.accessToken));
        return undefined;
      });
      client.rounds += 1;
    }
  }

  async function runCoreClient(client: Progress, first: number): Promise<void> {
    const logIn = () => logInCore(pick(cores, first) as SendCore);
    let session = await logIn();
    for (let turn = first; !isStopping; turn += 1) {
      // Sessions of the old protocol end when their one refresh token does.
      if (expiryOf(session.refresh_token) - now() < LOG_IN_BEFORE) session = await logIn();
      await request('auth/session', async () => {
        const answer = await pick(cores, turn)('POST', '/auth/session', {
          token: session.refresh_token,
        });
        return answer.status === 201 ? undefined : answer.text;
      });
      client.rounds += 1;
    }
  }

  const clients: Client[] = Array.from({ length: count }, (_, index) => {
    const client = { rounds: 0, awaited: 0 };
    // The fixed refresh token is older than any other, and is as good until the session expires.
    const run = index % 4 === 3 ? runCoreClient : runClient;
    return Object.assign(client, { done: run(client, index) });
  });
  return {
    result,
    async everyoneRefreshed() {
      const giveUpAt = performance.now() + 30_000;
      // Twice, because the round that goes on may have begun before.
      for (const client of clients) client.awaited = client.rounds + 2;
      while (clients.some(({ awaited, rounds }) => rounds < awaited)) {
        if (performance.now() > giveUpAt) throw new Error('A client stands still');
        await Promise.race([...clients.map(({ done }) => done), nextTurn()]);
      }
    },
    async stop() {
      isStopping = true;
      await Promise.all(clients.map(({ done }) => done));
    },
  };
}

/** Says whether a client may trade its token now, and takes it for done if so. */
function createPace(client: Progress, now: () => number): () => boolean {
  let at = 0;
  let trades = 0;
  return () => {
    if (at !== now()) {
      at = now();
      trades = 0;
    }
    trades += 1;
    return trades <= TRADES_AT_A_TIME || client.rounds < client.awaited;
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
