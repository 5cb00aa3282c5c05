import { describe, expect, test } from '@jest/globals';
import {
  findSuccessor,
  GRACE_MILLISECONDS,
  hashToken,
  tradeToken,
  withinGrace,
} from '../../../src/session/refresh-rotation.ts';

const NOW = 1_700_000_000_000;

describe('a traded refresh token', () => {
  const traded = [tradeToken('first', 'second', NOW), tradeToken('second', 'third', NOW + 1)];

  test('answers with its own successor until the grace is over', () => {
    expect(findSuccessor(traded, 'first', NOW)).toBe('second');
    expect(findSuccessor(traded, 'second', NOW)).toBe('third');
    expect(findSuccessor(traded, 'first', NOW + GRACE_MILLISECONDS)).toBe('second');
    expect(findSuccessor(traded, 'first', NOW + GRACE_MILLISECONDS + 1)).toBeNull();
  });

  test('a token that was never traded has no successor', () => {
    expect(findSuccessor(traded, 'third', NOW)).toBeNull();
  });

  test('what is stored reveals neither the token nor its successor', () => {
    const stored = JSON.stringify(tradeToken('the-old-token', 'the-new-token', NOW));
    expect(stored).not.toContain('the-old-token');
    expect(stored).not.toContain('the-new-token');
    expect(stored).not.toContain(Buffer.from('the-new-token').toString('base64url'));
  });

  test('a tampered successor is refused', () => {
    const [trade] = traded;
    if (trade === undefined) throw new Error('nothing was traded');
    const bytes = Buffer.from(trade.sealedSuccessor, 'base64url');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const tampered = { ...trade, sealedSuccessor: bytes.toString('base64url') };
    expect(() => findSuccessor([tampered], 'first', NOW)).toThrow('authenticate');
  });

  test('is forgotten after the grace', () => {
    expect(withinGrace(traded, NOW + GRACE_MILLISECONDS + 1)).toEqual([traded[1]]);
  });

  test('is found by SHA-256 of its text', () => {
    expect(hashToken('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
  });
});
