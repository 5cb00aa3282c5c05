/** Refresh tokens against the rules of docs/sessions.md, told once more in the plainest words. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GRACE_MILLISECONDS } from '../../../src/session/refresh-rotation.ts';
import { createRefreshWorld, outcomeOf, type RefreshWorld } from '../../support/refresh-world.ts';

/** Around the grace, and far beyond. */
const ANY_PAUSE = fc.constantFrom(
  0,
  1,
  4000,
  GRACE_MILLISECONDS,
  GRACE_MILLISECONDS + 1,
  3_600_000,
);

const ENDED = 'SESSION_ENDED';

/** The tokens of a session in the order of their trades, and when each was traded. */
function createModel(first: string) {
  const line: { readonly token: string; tradedAt?: number }[] = [{ token: first }];
  let isEnded = false;
  let isLatestUsed = false;
  return {
    isEnded: () => isEnded,
    /** What presenting the token has to come to: the end, a token that is there, or a new one. */
    expected(token: string, now: number): string {
      const index = line.findIndex((entry) => entry.token === token);
      const tradedAt = line[index]?.tradedAt;
      const fromEnd = line.length - 1 - index;
      if (isEnded || index === -1) return ENDED;
      if (fromEnd === 0) return 'new';
      if (tradedAt !== undefined && now - tradedAt <= GRACE_MILLISECONDS) {
        return line.at(-1)?.token ?? '';
      }
      return fromEnd === 1 && !isLatestUsed ? 'new' : ENDED;
    },
    end() {
      isEnded = true;
    },
    use(token: string) {
      if (line.at(-1)?.token === token) isLatestUsed = true;
    },
    trade(token: string, successor: string, now: number) {
      // A successor that nobody presented is void.
      if (line.at(-1)?.token !== token) line.pop();
      const last = line.at(-1);
      if (last !== undefined) last.tradedAt = now;
      line.push({ token: successor });
      isLatestUsed = false;
    },
  };
}

const ANY_STEP = fc.record({
  pause: ANY_PAUSE,
  /** Which of all tokens that were ever answered. */
  token: fc.nat({ max: 12 }),
  type: fc.constantFrom('refresh', 'refresh', 'refresh', 'reissue'),
});

type Step = Readonly<{ pause: number; token: number; type: 'refresh' | 'reissue' }>;

/** The steps on the real use cases and the model at once. */
async function createPair() {
  const world = await createRefreshWorld();
  const issued = [await world.logIn()];
  const model = createModel(issued[0] as string);

  const reissue = async (token: string, expected: string) => {
    const outcome = await outcomeOf(world.refreshTokens.reissueAccess(token));
    expect(outcome).toBe(expected === ENDED ? ENDED : 'ACCEPTED');
    if (expected !== ENDED) model.use(token);
  };
  const refresh = async (token: string, expected: string) => {
    const answer = await world.refresh(token).catch(({ details }) => details.reason);
    if (expected !== 'new') return expect(answer).toBe(expected);
    expect(issued).not.toContain(answer);
    model.trade(token, answer, world.made.clock.now);
    issued.push(answer);
  };

  return async ({ pause, token: index, type }: Step) => {
    world.made.clock.now += pause;
    const token = issued.at(-1 - (index % issued.length)) as string;
    const expected = model.expected(token, world.made.clock.now);
    if (expected === ENDED) model.end();
    await (type === 'reissue' ? reissue(token, expected) : refresh(token, expected));
    expect(world.record === undefined).toBe(model.isEnded());
  };
}

test('whoever presents whatever whenever gets what the rules say', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ANY_STEP, { maxLength: 12 }), async (steps) => {
      const take = await createPair();
      for (const step of steps) await take(step);
    }),
    { numRuns: 150 },
  );
});

/** A client: presents the newest token it knows; an answer may be lost on its way. */
interface Client {
  token: string;
}

async function refreshAs(world: RefreshWorld, client: Client, isLost: boolean): Promise<string> {
  const answer = await world.refresh(client.token).catch(({ details }) => details.reason);
  if (answer === ENDED) return answer;
  if (!isLost) client.token = answer;
  return 'ACCEPTED';
}

const ANY_REFRESHES = fc.array(fc.record({ pause: ANY_PAUSE, isLost: fc.boolean() }), {
  maxLength: 12,
});

test('an owner whose answers are lost, whichever and when, never loses the session', async () => {
  await fc.assert(
    fc.asyncProperty(ANY_REFRESHES, async (refreshes) => {
      const world = await createRefreshWorld();
      const owner = { token: await world.logIn() };
      for (const { pause, isLost } of refreshes) {
        world.made.clock.now += pause;
        expect(await refreshAs(world, owner, isLost)).toBe('ACCEPTED');
      }
    }),
    { numRuns: 100 },
  );
});

test('a thief and an owner who both go on are noticed, whoever is first', async () => {
  await fc.assert(
    fc.asyncProperty(
      ANY_REFRESHES,
      fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
      async (before, turns) => {
        const world = await createRefreshWorld();
        const owner = { token: await world.logIn() };
        for (const { pause, isLost } of before) {
          world.made.clock.now += pause;
          await refreshAs(world, owner, isLost);
        }
        const thief = { ...owner };
        const outcomes: string[] = [];
        // Both refresh in any order, and at last each of them once more, as a living client does.
        for (const isThief of [...turns, true, false, true, false]) {
          world.made.clock.now += GRACE_MILLISECONDS + 1;
          outcomes.push(await refreshAs(world, isThief ? thief : owner, false));
        }
        expect(outcomes).toContain(ENDED);
        expect(world.record).toBeUndefined();
      },
    ),
    { numRuns: 100 },
  );
});

test('two gateways that race, in any order of their operations, answer one chain', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 2, max: 5 }),
      async (scheduler, requests) => {
        const world = await createRefreshWorld();
        const first = await world.logIn();
        world.beforeOperation = () => scheduler.schedule(Promise.resolve());
        const answers = Array.from({ length: requests }, () => world.refresh(first));
        await scheduler.waitFor(Promise.all(answers));
        expect(new Set(await Promise.all(answers)).size).toBe(1);
      },
    ),
    { numRuns: 60 },
  );
});

test('of a trade anew and the use of the void token, in any order, one ends the session', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, isReissue) => {
      const world = await createRefreshWorld();
      const first = await world.logIn();
      const second = await world.refresh(first);
      world.made.clock.now += GRACE_MILLISECONDS + 1;
      world.beforeOperation = () => scheduler.schedule(Promise.resolve());
      const useSecond = () =>
        isReissue ? world.refreshTokens.reissueAccess(second) : world.refresh(second);
      const both = Promise.all([outcomeOf(world.refresh(first)), outcomeOf(useSecond())]);
      expect(await scheduler.waitFor(both)).toContain(ENDED);
      expect(world.record).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});
