import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createKeptAnswers,
  type KeptAnswer,
  toByteText,
} from '../../../../src/http/kept-answers/kept-answers.ts';
import type { Question } from '../../../../src/http/kept-answers/question.ts';

const START = 1_700_000_000_000;
const ME = '{"query":"{ me { id } }"}';

/** A token of about the usual length, its signature at its end. */
const tokenOf = (signature: string) => `Bearer ${'h'.repeat(300)}.${signature.padStart(86, 's')}`;

function ask(token: string, more: Partial<Question['headers']> = {}, body = ME): Question {
  return { headers: { authorization: token, host: 'localhost', ...more }, body };
}

function answerOf(text: string, expiresAt = START + 1000): KeptAnswer {
  return { headers: ['content-type', 'application/json'], body: text, expiresAt, facts: {} };
}

test('the text of bytes has a character for each byte of UTF-8', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('\uD800 half'));
  fc.assert(
    fc.property(text, (any) => {
      expect(Buffer.from(toByteText(any), 'latin1')).toEqual(Buffer.from(any));
    }),
  );
});

describe('a kept answer', () => {
  const clock = { now: START };
  let withdrawals = 0;
  const create = (bytes = 1_000_000) => {
    const answers = createKeptAnswers({
      ...{ bytes, now: () => clock.now, withdrawals: () => withdrawals },
    });
    const keep = (question: Question, answer: KeptAnswer) =>
      answers.keep(answers.open(question), answer);
    return { ...answers, keep };
  };

  test('answers its question, and none with another token, body or header that counts', () => {
    const answers = create();
    const answer = answerOf('an answer');
    answers.keep(ask(tokenOf('one')), answer);
    expect(answers.find(ask(tokenOf('one')))?.body).toBe('an answer');
    expect(answers.find(ask(tokenOf('two')))).toBeUndefined();
    expect(answers.find(ask(tokenOf('one'), {}, '{"query":"{ me { tokenExpiresAt } }"}'))).toBe(
      undefined,
    );
    for (const name of [
      'accept',
      'apollo-require-preflight',
      'content-type',
      'host',
      'origin',
      'x-apollo-operation-name',
      'x-forwarded-host',
      'x-forwarded-proto',
    ]) {
      expect(answers.find(ask(tokenOf('one'), { [name]: 'another' }))).toBeUndefined();
    }
  });

  test('is nothing to a token that ends alike', () => {
    const answers = create();
    const token = tokenOf('one');
    answers.keep(ask(token), answerOf('an answer'));
    expect(answers.find(ask(token.replace('hhh', 'hhx')))).toBeUndefined();
  });

  test('is another for each of two operations of one token', () => {
    const answers = create();
    answers.keep(ask(tokenOf('one')), answerOf('me'));
    answers.keep(ask(tokenOf('one'), {}, 'another body'), answerOf('another'));
    expect(answers.find(ask(tokenOf('one')))?.body).toBe('me');
    expect(answers.find(ask(tokenOf('one'), {}, 'another body'))?.body).toBe('another');
  });

  test('is not good for longer when the clock is set back', () => {
    const answers = create();
    answers.keep(ask(tokenOf('one')), answerOf('an answer'));
    clock.now = START - 300_000;
    expect(answers.find(ask(tokenOf('one')))?.body).toBe('an answer');
    clock.now = START - 300_001;
    expect(answers.find(ask(tokenOf('one')))).toBeUndefined();
    clock.now = START;
  });

  test('is good until it expires, not at that moment', () => {
    const answers = create();
    answers.keep(ask(tokenOf('one')), answerOf('an answer', START + 5));
    clock.now = START + 4;
    expect(answers.find(ask(tokenOf('one')))?.body).toBe('an answer');
    clock.now = START + 5;
    expect(answers.find(ask(tokenOf('one')))).toBeUndefined();
    // Nor does it come back with a clock that is set back.
    clock.now = START;
    expect(answers.find(ask(tokenOf('one')))).toBeUndefined();
  });

  test('is given up when a signing key is retired', () => {
    const answers = create();
    answers.keep(ask(tokenOf('one')), answerOf('an answer'));
    withdrawals += 1;
    expect(answers.find(ask(tokenOf('one')))).toBeUndefined();
    answers.keep(ask(tokenOf('one')), answerOf('an answer'));
    expect(answers.find(ask(tokenOf('one')))?.body).toBe('an answer');
  });

  test('is not given if a signing key was retired while it was made', () => {
    const answers = createKeptAnswers({
      ...{ bytes: 1_000_000, now: () => START, withdrawals: () => withdrawals },
    });
    const question = answers.open(ask(tokenOf('one')));
    withdrawals += 1;
    answers.keep(question, answerOf('an answer'));
    expect(answers.find(question)).toBeUndefined();
  });

  test('takes room within the bound, however many tokens there are', () => {
    const MANY = 1_000_000;
    const bytes = 1_000_000;
    const answers = create(bytes);
    const answer = answerOf('x'.repeat(300), Number.POSITIVE_INFINITY);
    for (let index = 0; index < MANY; index += 1) answers.keep(ask(tokenOf(`${index}`)), answer);
    let kept = 0;
    for (let index = 0; index < MANY; index += 1) {
      if (answers.find(ask(tokenOf(`${index}`))) !== undefined) kept += 1;
    }
    expect(answers.find(ask(tokenOf(`${MANY - 1}`)))?.body).toBe(answer.body);
    // Each entry holds the token and the answer, of a byte a character at least.
    const least = tokenOf('one').length + 300;
    expect(kept).toBeGreaterThan(100);
    expect(kept * least).toBeLessThan(bytes);
  });
});
