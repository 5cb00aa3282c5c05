/**
 * Answers that are known before anything is parsed.
 *
 * **Why an answer may be kept.** `me` is answered from the claims of the access token, and the claims of a token
 * never change. So the answer to the same operation, with the same variables and the same token, is the same
 * until the token expires, and nobody else can ask for it: the token is part of the question. An answer is kept
 * if nothing but claims was read for it, it is a query without an error, and the request asked for nothing that
 * would be answered differently (`question.ts`). It is given up when the token expires
 * and when there is no room. The end of a session does not matter, as it does not to `me`.
 */
import { LRUCache } from 'lru-cache';
import type { RequestFacts } from '../../session/seen-request.ts';
import { tailOf } from '../../token/verified-tokens.ts';
import { type HeaderValues, hasValues, type Question, valuesOf } from './question.ts';

/** An answer as it was sent, but for `date` and `x-request-id`. */
export interface KeptAnswer {
  /** Names and values in turns, in the order in which they were sent. */
  readonly headers: readonly string[];
  /** Its bytes, a character each. */
  readonly body: string;
  /** Epoch milliseconds from which it may not be sent any more. */
  readonly expiresAt: number;
  /** What the log says of requests that it answers. */
  readonly facts: RequestFacts;
}

/** Keeps answers by their questions. */
export interface KeptAnswers {
  find(question: Question): KeptAnswer | undefined;
  keep(question: Question, answer: KeptAnswer): void;
}

/** What keeping takes. */
export interface KeptAnswersParts {
  /** Most bytes of questions and answers together. */
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Bytes of an entry beside its texts, about. */
const OVERHEAD = 500;

interface Entry extends KeptAnswer {
  readonly asked: HeaderValues;
}

/** What an answer is looked up by. The whole question decides; of two with one key, the latest is kept. */
const keyOf = ({ body, headers: { authorization = '' } }: Question) => tailOf(authorization) + body;

/** Creates the keeper of answers. */
export function createKeptAnswers({ bytes, now }: KeptAnswersParts): KeptAnswers {
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
      if (now() < answer.expiresAt) return answer;
      answers.delete(key);
      return undefined;
    },
    keep: (question, answer) =>
      void answers.set(keyOf(question), { ...answer, asked: valuesOf(question) }),
  };
}
