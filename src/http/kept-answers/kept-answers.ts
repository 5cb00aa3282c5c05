/**
 * Answers that are known before anything is parsed.
 *
 * **Why an answer may be kept.** `me` is answered from the claims of the access token, and the claims of a token
 * never change. So the answer to the same operation, with the same variables and the same token, is the same
 * until the token expires, and nobody else can ask for it: the token is part of the question. An answer is kept
 * if nothing but claims was read for it, it is a query without an error, and the request asked for nothing that
 * would be answered differently (`question.ts`). It is given up when the token expires, when a signing key is
 * retired, whosever it is, and when there is no room. The end of a session does not matter, as it does not to `me`.
 */
import { LRUCache } from 'lru-cache';
import type { RequestFacts } from '../../session/seen-request.ts';
import { tailOf } from '../../token/verified-tokens.ts';
import { CLOCK_TOLERANCE } from '../../token/verify.ts';
import { type HeaderValues, hasValues, type Question, valuesOf } from './question.ts';

/** An answer as it was sent, but for `date` and `x-request-id`. */
export interface Answer {
  /** Names and values in turns, in the order in which they were sent. */
  readonly headers: readonly string[];
  /** The same as they are sent, once somebody has written them. */
  lines?: string;
  /** Its bytes, a character each. */
  readonly body: string;
  /** What the log says of requests that it answers. */
  readonly facts: RequestFacts;
}

/** A text with a character for each byte of what it is in UTF-8, which most texts are already. */
export function toByteText(text: string): string {
  return isAscii(text) ? text : Buffer.from(text).toString('latin1');
}

/** Whether a text is its own bytes, whatever it is encoded in. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** An answer that is kept. */
export interface KeptAnswer extends Answer {
  /** Epoch milliseconds from which it may not be sent any more. */
  readonly expiresAt: number;
}

/** A question that is going to be answered. */
export interface OpenQuestion extends Question {
  /** How often a signing key had ceased to verify before its token was looked at. */
  readonly withdrawals: number;
}

/** Keeps answers by their questions. */
export interface KeptAnswers {
  /** To be called before the token of the question is looked at. */
  open(question: Question): OpenQuestion;
  find(question: Question): KeptAnswer | undefined;
  keep(question: OpenQuestion, answer: KeptAnswer): void;
}

/** What keeping takes. */
export interface KeptAnswersParts {
  /** Most bytes of questions and answers together. */
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How often a signing key has ceased to verify. */
  readonly withdrawals: () => number;
}

/** Bytes of an entry beside its texts, about. */
const OVERHEAD = 500;

interface Entry extends KeptAnswer, Pick<OpenQuestion, 'withdrawals'> {
  readonly asked: HeaderValues;
  /** Epoch milliseconds. */
  readonly keptAt: number;
}

/** What an answer is looked up by. The whole question decides; of two with one key, the latest is kept. */
const keyOf = ({ body, headers: { authorization = '' } }: Question) => tailOf(authorization) + body;

/** Creates the keeper of answers. */
export function createKeptAnswers({ bytes, now, withdrawals }: KeptAnswersParts): KeptAnswers {
  const answers = new LRUCache<string, Entry>({
    maxSize: bytes,
    sizeCalculation: ({ asked, body, headers }, key) =>
      // A text takes two bytes a character at most.
      OVERHEAD + 2 * (asked.join('').length + key.length + body.length + headers.join('').length),
  });
  return {
    find(question) {
      const key = keyOf(question);
      const answer = answers.get(key);
      if (answer === undefined || !hasValues(question, answer.asked)) return undefined;
      const time = now();
      const isGood = time < answer.expiresAt && answer.withdrawals === withdrawals();
      // A clock that was set back would make it good for longer.
      if (isGood && answer.keptAt - time <= CLOCK_TOLERANCE) return answer;
      answers.delete(key);
      return undefined;
    },
    keep(question, answer) {
      const asked = valuesOf(question);
      const { withdrawals } = question;
      answers.set(keyOf(question), { ...answer, asked, withdrawals, keptAt: now() });
    },
    // Named one by one: a spread is slow, and this is for every request.
    open: ({ body, headers }) => ({ headers, body, withdrawals: withdrawals() }),
  };
}
