import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  GRACE_MILLISECONDS,
  hashToken,
  judgeToken,
  MAXIMUM_TRADES,
  type RefreshState,
  tradeToken,
} from '../../../src/session/refresh-rotation.ts';
import { CLOCK_TOLERANCE } from '../../../src/token/verify.ts';

const NOW = Date.UTC(2026, 0, 1);
const AFTER = NOW + GRACE_MILLISECONDS + 1;
const tokenOf = (name: string) => `header.${name}.signature`;
const [R1, R2, R3] = ['one', 'two', 'three'].map(tokenOf) as [string, string, string];
const START: RefreshState = { refreshTokenHash: hashToken(R1), traded: [] };

describe('a refresh token', () => {
  const second = tradeToken(START, R1, R2, NOW);
  const third = tradeToken(second, R2, R3, NOW + 1);

  test('is the latest until it is traded', () => {
    expect(judgeToken(START, R1, NOW)).toBe('latest');
    expect(judgeToken(second, R2, AFTER)).toBe('latest');
  });

  test('traded within the grace stands for the latest of its chain', () => {
    expect(judgeToken(second, R1, NOW + GRACE_MILLISECONDS)).toEqual({ latest: R2 });
    expect(judgeToken(third, R1, NOW + GRACE_MILLISECONDS)).toEqual({ latest: R3 });
    expect(judgeToken(third, R2, NOW + GRACE_MILLISECONDS)).toEqual({ latest: R3 });
  });

  test('traded last stays good after the grace, every other one is reused', () => {
    expect(judgeToken(second, R1, AFTER)).toBe('unanswered');
    expect(judgeToken(third, R2, AFTER + 1)).toBe('unanswered');
    expect(judgeToken(third, R1, AFTER + 1)).toBe('reused');
  });

  test('traded at a time that is five minutes ahead or more was traded before the clock was set back', () => {
    expect(judgeToken(third, R1, NOW - CLOCK_TOLERANCE)).toEqual({ latest: R3 });
    expect(judgeToken(third, R1, NOW - CLOCK_TOLERANCE - 1)).toBe('reused');
    expect(judgeToken(third, R2, NOW - CLOCK_TOLERANCE)).toBe('unanswered');
  });

  test('traded last is reused once its successor was presented', () => {
    expect(judgeToken({ ...second, latestPresented: true }, R1, AFTER)).toBe('reused');
    expect(judgeToken({ ...second, latestPresented: true }, R1, NOW)).toEqual({ latest: R2 });
  });

  test('traded anew has another successor, and the first one is void', () => {
    const anew = tradeToken(second, R1, R3, AFTER);
    expect(judgeToken(anew, R3, AFTER)).toBe('latest');
    expect(judgeToken(anew, R1, AFTER)).toEqual({ latest: R3 });
    expect(judgeToken(anew, R2, AFTER)).toBe('reused');
    expect(anew.traded).toHaveLength(1);
  });

  test('that the session never had is reused', () => {
    expect(judgeToken(third, tokenOf('other'), NOW)).toBe('reused');
  });

  test('is known by its text before the last dot', () => {
    expect(hashToken('a.b.c')).toBe(createHash('sha256').update('a.b').digest('base64url'));
    const respelled = R1.replace('signature', 'another');
    expect(judgeToken(START, respelled, NOW)).toBe('latest');
    expect(judgeToken(third, respelled, NOW)).toEqual({ latest: R3 });
  });
});

describe('what is stored', () => {
  const { traded } = tradeToken(START, R1, R2, NOW);

  test('reveals neither the token nor its successor', () => {
    const stored = JSON.stringify(traded);
    for (const token of [R1, R2]) {
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(Buffer.from(token).toString('base64url'));
    }
  });

  test('and was tampered with is refused', () => {
    const [trade] = traded;
    if (trade === undefined) throw new Error('nothing was traded');
    const bytes = Buffer.from(trade.sealedSuccessor, 'base64url');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const tampered = { ...trade, sealedSuccessor: bytes.toString('base64url') };
    const state = { refreshTokenHash: hashToken(R2), traded: [tampered] };
    expect(() => judgeToken(state, R1, NOW)).toThrow('authenticate');
  });

  test('is the last trade and those within the grace', () => {
    const third = tradeToken(tradeToken(START, R1, R2, NOW), R2, R3, AFTER);
    expect(third.traded.map(({ hash }) => hash)).toEqual([hashToken(R2)]);
  });

  test('has a bound: more trades within the grace are RATE_LIMITED until it is over', () => {
    let state = START;
    for (let n = 1; n <= MAXIMUM_TRADES; n += 1) {
      const [token, next] =
        n === 1 ? [R1, tokenOf('n1')] : [tokenOf(`n${n - 1}`), tokenOf(`n${n}`)];
      state = tradeToken(state, token, next, NOW);
    }
    const latest = tokenOf(`n${MAXIMUM_TRADES}`);
    expect(judgeToken(state, R1, NOW)).toEqual({ latest });
    const more = (now: number) => tradeToken(state, latest, tokenOf('more'), now);
    expect(() => more(NOW)).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 10 } }),
    );
    expect(more(AFTER).traded).toHaveLength(1);
  });
});

/** As the version before wrote it: hashes and sealing keys of the whole token. */
describe('a session that the version before stored', () => {
  const T1 = 'e30.eyJqdGkiOiJvbmUifQ.c2lnMQ';
  const T2 = 'e30.eyJqdGkiOiJ0d28ifQ.c2lnMg';
  const T3 = 'e30.eyJqdGkiOiJ0aHJlZSJ9.c2lnMw';
  const stored: RefreshState = {
    refreshTokenHash: 'zaYGNx1z5ayu2y0dw3mmBLaNrDoSiTyROb20rzplueE',
    traded: [
      {
        hash: 'lixwGgrY7Ol966hTfHux1VKbEvEBc_c7NgGDw0VAUBs',
        tradedAt: new Date('2026-01-01T00:00:00.000Z'),
        sealedSuccessor:
          'Unxg1UA-Tn_kEc8gpkyI7jZRE_7HEeMIcUld6PGKhRYPnaUYCeEtnu8BWX5gk49rZdUCp1WY0vlk',
      },
      {
        hash: 'lYOd6Q_gmQOxO8Bt484pzJAvMKCuPP-gl23Kg-sdlg4',
        tradedAt: new Date('2026-01-01T00:00:05.000Z'),
        sealedSuccessor:
          'ww6kgrtDNRmGmRF8Aal1MU8J6nEXwAyDtOo16zFBfWn5Scnvz3yC_mfP_LNq71tt8Itpu5slLzh7Iz8',
      },
    ],
  };
  const hour = NOW + 3_600_000;

  test('goes on with its latest token', () => {
    expect(judgeToken(stored, T3, hour)).toBe('latest');
    const next = tradeToken(stored, T3, R1, hour);
    expect(judgeToken(next, R1, hour)).toBe('latest');
    expect(judgeToken(next, T3, hour)).toEqual({ latest: R1 });
  });

  test('answers the latest of a chain within the grace', () => {
    expect(judgeToken(stored, T1, NOW + 6000)).toEqual({ latest: T3 });
    expect(judgeToken(stored, T2, NOW + 6000)).toEqual({ latest: T3 });
    const next = tradeToken(stored, T3, R1, NOW + 6000);
    expect(judgeToken(next, T1, NOW + 6000)).toEqual({ latest: R1 });
  });

  test('trades the last one anew whose answer was lost, and knows a reused one', () => {
    expect(judgeToken(stored, T2, hour)).toBe('unanswered');
    expect(judgeToken(stored, T1, hour)).toBe('reused');
    const anew = tradeToken(stored, T2, R1, hour);
    expect(judgeToken(anew, T2, hour)).toEqual({ latest: R1 });
    expect(judgeToken(anew, T3, hour)).toBe('reused');
  });
});
