/** What answering early takes, before anything is known. */
import type { Config } from '../../config.ts';
import { type ContextParts, createContext } from '../../graphql/context.ts';
import { shareOut } from '../../memory-shares.ts';
import type { Tokens } from '../../token/token-service.ts';
import type { Early } from './early-answers.ts';
import { createKeptAnswers } from './kept-answers.ts';
import { createKnownOperations } from './known-operations.ts';
import { createKnownShapes } from './request-shape.ts';

/** What the memories need to know. */
export interface EarlyParts {
  readonly config: Pick<Config, 'responseCacheBytes'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly tokens: Tokens;
}

/** Opens empty memories; `undefined` if nothing is to be remembered. */
export function openEarly(
  { config, now, tokens }: EarlyParts,
  contextParts: ContextParts,
): Early | undefined {
  const { withdrawals } = tokens;
  const bytes = shareOut(config.responseCacheBytes);
  if (bytes.operations === 0) return undefined;
  return {
    answers: createKeptAnswers({ bytes: bytes.answers, now, withdrawals }),
    operations: createKnownOperations(bytes.operations),
    shapes: createKnownShapes(bytes.shapes),
    budgetBytes: contextParts.budgetBytes,
    tokens,
    openContext: (request) => createContext(contextParts, request),
  };
}
