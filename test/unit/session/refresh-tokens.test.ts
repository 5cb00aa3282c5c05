import { beforeEach, describe, expect, test } from '@jest/globals';
import { GRACE_MILLISECONDS } from '../../../src/session/refresh-rotation.ts';
import {
  createRefreshWorld,
  type Fault,
  formerHash,
  outcomeOf,
  type RefreshWorld,
  withOtherSignature,
} from '../../support/refresh-world.ts';
import { HOLDER } from '../../support/test-tokens.ts';

const HOUR = 3_600_000;

let world: RefreshWorld;
beforeEach(async () => {
  world = await createRefreshWorld();
});

const pass = (milliseconds: number) => {
  world.made.clock.now += milliseconds;
};
const refresh = (token: string) => world.refresh(token);

describe('a refresh', () => {
  test.each<Fault>(['account', 'document', 'session'])(
    'that fails because of the %s has traded nothing: repeated an hour later it works',
    async (fault) => {
      const token = await world.logIn();
      const before = world.record;
      world.fault = fault;
      expect(await outcomeOf(refresh(token))).toBe('SERVICE_UNAVAILABLE');
      expect(world.record).toEqual(before);
      world.fault = null;
      pass(HOUR);
      const next = await refresh(token);
      expect(await outcomeOf(refresh(next))).toBe('ACCEPTED');
      expect(next).not.toBe(token);
    },
  );

  test('that fails where tokens are not traded has not used the token either', async () => {
    const first = await world.logIn();
    const second = await refresh(first);
    const before = world.record;
    world.fault = 'document';
    expect(await outcomeOf(world.refreshTokens.reissueAccess(second))).toBe('SERVICE_UNAVAILABLE');
    expect(world.record).toEqual(before);
  });

  test('with a copied token ends the session although the document cannot be read', async () => {
    const first = await world.logIn();
    const second = await refresh(first);
    await refresh(second);
    pass(HOUR);
    world.fault = 'document';
    expect(await outcomeOf(refresh(first))).toBe('SESSION_ENDED');
    expect(world.record).toBeUndefined();
  });
});

describe('a lost answer', () => {
  test('costs nobody the session: an hour later the token is traded anew', async () => {
    const first = await world.logIn();
    const lost = await refresh(first);
    pass(HOUR);
    const second = await refresh(first);
    expect(second).not.toBe(lost);
    pass(HOUR);
    expect(await outcomeOf(refresh(second))).toBe('ACCEPTED');
  });

  test('may be lost again and again', async () => {
    const first = await world.logIn();
    const answers = new Set<string>();
    for (let n = 0; n < 4; n += 1) {
      answers.add(await refresh(first));
      pass(HOUR);
    }
    expect(answers.size).toBe(4);
    const [, , , latest = ''] = answers;
    expect(await outcomeOf(refresh(latest))).toBe('ACCEPTED');
  });

  test('makes its token void: whoever presents that ends the session', async () => {
    const first = await world.logIn();
    const lost = await refresh(first);
    pass(HOUR);
    const second = await refresh(first);
    expect(await outcomeOf(refresh(lost))).toBe('SESSION_ENDED');
    expect(await outcomeOf(refresh(second))).toBe('SESSION_ENDED');
  });
});

describe('within the grace', () => {
  test('R1 → R2 → R3: each answers R3', async () => {
    const first = await world.logIn();
    const second = await refresh(first);
    const third = await refresh(second);
    expect(await refresh(first)).toBe(third);
    expect(await refresh(second)).toBe(third);
    pass(GRACE_MILLISECONDS);
    expect(await refresh(first)).toBe(third);
  });

  test('of a trade anew the token answers its new successor', async () => {
    const first = await world.logIn();
    await refresh(first);
    pass(HOUR);
    const second = await refresh(first);
    pass(GRACE_MILLISECONDS);
    expect(await refresh(first)).toBe(second);
  });
});

describe('a thief', () => {
  test('who repeats the last token of the owner is noticed at the next refresh of the owner', async () => {
    const first = await world.logIn();
    const second = await refresh(first);
    pass(HOUR);
    const stolen = await refresh(first);
    pass(HOUR);
    expect(await outcomeOf(refresh(second))).toBe('SESSION_ENDED');
    expect(await outcomeOf(refresh(stolen))).toBe('SESSION_ENDED');
  });

  test('who is first with the latest token is noticed when both have refreshed again', async () => {
    const first = await world.logIn();
    const stolen = await refresh(first);
    pass(HOUR);
    const owners = await refresh(first);
    pass(HOUR);
    expect(await outcomeOf(refresh(stolen))).toBe('SESSION_ENDED');
    expect(await outcomeOf(refresh(owners))).toBe('SESSION_ENDED');
  });

  test('who was first and has gone on is noticed as soon as the owner refreshes', async () => {
    const first = await world.logIn();
    const stolen = await refresh(await refresh(first));
    pass(HOUR);
    expect(await outcomeOf(refresh(first))).toBe('SESSION_ENDED');
    expect(await outcomeOf(refresh(stolen))).toBe('SESSION_ENDED');
  });

  test('who comes after the owner has used the next token ends the session', async () => {
    const first = await world.logIn();
    const second = await refresh(first);
    await world.refreshTokens.identify(second);
    pass(HOUR);
    expect(await outcomeOf(refresh(first))).toBe('SESSION_ENDED');
    expect(await outcomeOf(refresh(second))).toBe('SESSION_ENDED');
  });
});

describe('the other spelling of an ECDSA signature (r, n − s)', () => {
  test('is the same token: traded, answered within the grace and recognised when reused', async () => {
    const first = await world.logIn();
    const second = await refresh(withOtherSignature(first));
    expect(await refresh(withOtherSignature(first))).toBe(second);
    expect(await refresh(first)).toBe(second);
    await refresh(second);
    pass(HOUR);
    expect(await outcomeOf(refresh(withOtherSignature(first)))).toBe('SESSION_ENDED');
  });

  test('is no second token of a fixed session', async () => {
    const token = await world.logIn('fixed');
    expect(await outcomeOf(refresh(withOtherSignature(token)))).toBe('ACCEPTED');
  });
});

describe('a session that the version before stored', () => {
  test.each(['rotating', 'fixed'] as const)('%s, goes on', async (mode) => {
    const token = await world.logIn(mode);
    const { latestPresented: _new, ...former } = world.record ?? {};
    world.record = { ...former, refreshTokenHash: formerHash(token) } as typeof world.record;
    expect(await outcomeOf(world.refreshTokens.reissueAccess(token))).toBe('ACCEPTED');
    pass(HOUR);
    expect(await outcomeOf(refresh(await refresh(token)))).toBe('ACCEPTED');
  });
});

test('where tokens are not traded the last one is good as long as its answer may be lost', async () => {
  const first = await world.logIn();
  const second = await refresh(first);
  pass(HOUR);
  const { claims } = await world.refreshTokens.reissueAccess(first);
  expect(claims.userId).toBe(HOLDER.userId);
  expect(await outcomeOf(world.refreshTokens.reissueAccess(second))).toBe('ACCEPTED');
  expect(await outcomeOf(world.refreshTokens.reissueAccess(first))).toBe('SESSION_ENDED');
});

test('a store whose session changes all the time is SERVICE_UNAVAILABLE, not an endless loop', async () => {
  const token = await world.logIn();
  let latestPresented = false;
  world.beforeOperation = async () => {
    latestPresented = !latestPresented;
    if (world.record !== undefined) world.record = { ...world.record, latestPresented };
  };
  expect(await outcomeOf(refresh(token))).toBe('SERVICE_UNAVAILABLE');
});
