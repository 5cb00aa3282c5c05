import { describe, expect, test } from '@jest/globals';
import {
  createHashingTurns,
  createPasswordHasher,
  PASSWORD_COST,
} from '../../../src/account/passwords.ts';

const cheap = createPasswordHasher({ memoryCost: 64, timeCost: 1, parallelism: 1 });

test('a hash is argon2id with the recommended cost unless told otherwise', async () => {
  const hasher = createPasswordHasher();
  const passwordHash = await hasher.hash('password');
  expect(passwordHash).toMatch(
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  );
  expect(PASSWORD_COST).toEqual({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  expect(await hasher.verify(passwordHash, 'password')).toBe(true);
  expect(await hasher.verify(passwordHash, 'Password')).toBe(false);
});

test('two hashes of one password differ', async () => {
  expect(await cheap.hash('password')).not.toBe(await cheap.hash('password'));
});

test('a password composed or decomposed is one password (RFC 8265)', async () => {
  expect(await cheap.verify(await cheap.hash('caf\u00e9-1'), 'cafe\u0301-1')).toBe(true);
});

test('the decoy has the form and cost of a real hash and matches nothing', async () => {
  const real = (await cheap.hash('password')).split('$');
  const decoy = cheap.decoy.split('$');
  expect(decoy.slice(0, 4)).toEqual(real.slice(0, 4));
  expect(decoy.map((part) => part.length)).toEqual(real.map((part) => part.length));
  expect(await cheap.verify(cheap.decoy, '')).toBe(false);
  expect(await cheap.verify(cheap.decoy, 'password')).toBe(false);
});

test('a hash is outdated when any cost differs', async () => {
  const passwordHash = await cheap.hash('password');
  expect(cheap.isOutdated(passwordHash)).toBe(false);
  for (const change of [{ memoryCost: 65 }, { timeCost: 2 }, { parallelism: 2 }]) {
    const other = { memoryCost: 64, timeCost: 1, parallelism: 1, ...change };
    expect(createPasswordHasher(other).isOutdated(passwordHash)).toBe(true);
  }
});

describe('hashing', () => {
  const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 };

  /** Turns that count who has one. */
  function createCountedTurns() {
    const turns = createHashingTurns();
    const counts = { now: 0, most: 0, entered: 0 };
    return {
      counts,
      waiting: turns.waiting,
      async enter(owner: string | null) {
        const leave = await turns.enter(owner);
        counts.entered += 1;
        counts.now += 1;
        counts.most = Math.max(counts.most, counts.now);
        return () => {
          counts.now -= 1;
          leave();
        };
      },
    };
  }

  test('and verifying take turns, two at once', async () => {
    const turns = createCountedTurns();
    const hasher = createPasswordHasher(CHEAP, turns);
    const known = await hasher.hash('password');
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? hasher.hash('password') : hasher.verify(known, 'password'),
      ),
    );
    expect(turns.counts).toEqual({ now: 0, most: 2, entered: 21 });
  });

  test('that fails ends its turn', async () => {
    const turns = createCountedTurns();
    const hasher = createPasswordHasher(CHEAP, turns);
    for (let n = 0; n < 3; n += 1) {
      await expect(hasher.verify('no hash', 'password')).rejects.toThrow();
    }
    expect(turns.counts.now).toBe(0);
    expect(await hasher.hash('password')).toMatch(/^\$argon2id/);
  });

  test('is RATE_LIMITED when 64 passwords wait, whichever they are', async () => {
    const turns = createHashingTurns();
    const hasher = createPasswordHasher(CHEAP, turns);
    const known = await hasher.hash('password');
    const leaves = [await turns.enter(null), await turns.enter(null)];
    const waiting = Array.from({ length: 64 }, () => hasher.verify(known, 'password'));
    for (const refused of [
      hasher.hash('a'),
      hasher.verify(known, 'a'),
      hasher.verify(hasher.decoy, 'a'),
    ]) {
      await expect(refused).rejects.toMatchObject({
        code: 'RATE_LIMITED',
        details: { retryAfterSeconds: 1 },
      });
    }
    for (const leave of leaves) leave();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([true]));
  });
});
