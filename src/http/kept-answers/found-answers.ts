/** What can be answered without waiting: an answer that is kept, or one that is made of claims alone. */
import type { ClaimsPlan } from '../../graphql/claims-plan.ts';
import { goodUntil } from '../../graphql/context.ts';
import type { Budget } from '../../graphql/me.ts';
import { parseBearer } from '../../token/bearer.ts';
import type { AccessClaims } from '../../token/claims.ts';
import type { Tokens } from '../../token/token-service.ts';
import type { Metrics } from '../metrics.ts';
import type { Answer, KeptAnswers, OpenQuestion } from './kept-answers.ts';
import { type AskedOperation, type KnownOperations, writeAnswer } from './known-operations.ts';

/** What has been learned of requests before. */
export interface Memory {
  readonly answers: KeptAnswers;
  readonly operations: KnownOperations;
}

/** What finding answers takes. */
export interface FoundAnswersParts extends Memory, Budget {
  readonly tokens: Pick<Tokens, 'verifyAccessAtOnce'>;
  /** Told of each request that is looked up. */
  readonly onFound: Metrics['countCached'];
}

/** What is found for a question. */
export interface Found {
  readonly answer?: Answer;
  /** Its operation, if there is no answer and it has to be executed. */
  readonly asked?: AskedOperation;
}

/** Finds what there is for a question. */
export type FindAnswer = (question: OpenQuestion) => Found;

const NOTHING: Found = {};

/** Creates what finds answers. */
export function createFoundAnswers(parts: FoundAnswersParts): FindAnswer {
  const { answers, onFound, operations } = parts;
  const makeAnswer = createAnswerMaker(parts);
  return (question) => {
    const kept = answers.find(question);
    if (kept !== undefined) {
      onFound('answer');
      return { answer: kept };
    }
    const asked = operations.find(question);
    if (asked === undefined) return NOTHING;
    const { plan } = asked;
    if (plan === null) return { asked };
    const answer = makeAnswer(question, asked, plan);
    if (answer === null) return NOTHING;
    onFound('operation');
    return { answer };
  };
}

/** `null`: there is an error, which is answered the long way, or the store has to be asked for the key of the token. */
type MakeAnswer = (
  question: OpenQuestion,
  asked: AskedOperation,
  plan: ClaimsPlan,
) => Answer | null;

function createAnswerMaker({ answers, budgetBytes, tokens }: FoundAnswersParts): MakeAnswer {
  const hasAskedBefore = createAcquaintance();
  /** Of the latest that went the long way: whoever parses that request asks once more, in vain. */
  let refused: string | undefined;
  return (question, asked, plan) => {
    const { authorization } = question.headers;
    const wasRefused = authorization !== undefined && authorization === refused;
    refused = wasRefused ? undefined : authorization;
    if (wasRefused) return null;
    try {
      const token = parseBearer(authorization);
      const claims = token === null ? null : tokens.verifyAccessAtOnce(token);
      if (claims === undefined) return null;
      const facts = claims === null ? {} : { userId: claims.userId };
      const answer = writeAnswer(asked, plan(claims, { budgetBytes }), facts);
      if (hasAskedBefore(claims))
        answers.keep(question, { ...answer, expiresAt: goodUntil(claims) });
      refused = undefined;
      return answer;
    } catch {
      return null;
    }
  };
}

/**
 * Says whether a token has asked before. An answer that has a plan is made almost as fast as it is found, and most of
 * what keeping it costs is its room: it is kept for tokens that come again, and those that come once push none of
 * them out.
 */
function createAcquaintance(): (caller: AccessClaims | null) => boolean {
  // Of one token they are one object for as long as it is remembered.
  const met = new WeakSet<AccessClaims>();
  return (caller) => {
    if (caller === null || met.has(caller)) return true;
    met.add(caller);
    return false;
  };
}
