/**
 * Operations that are known to read claims only. Asked with a token that was never seen, such an operation needs
 * the token verified and itself executed, but not to be parsed, validated and looked at again.
 *
 * What is executed is what Apollo Server executed: the same document, variables and schema. It gets a context
 * without use cases, so an operation that asks for more after all fails here, and goes the long way.
 */
import { execute } from 'graphql';
import { LRUCache } from 'lru-cache';
import { claimsUntil, type GraphQLContext, type Operation } from '../../graphql/context.ts';
import type { KeptAnswer } from './kept-answers.ts';
import { askedOf, type Question } from './question.ts';

/** An operation and what its answers have in common. */
export interface KnownOperation {
  readonly operation: Operation;
  /** Headers of an answer, names and values in turns. */
  readonly headers: readonly string[];
  /** Its name; `undefined`: it has none. */
  readonly name: string | undefined;
}

/** Knows operations by their questions, whoever asks. */
export interface KnownOperations {
  note(question: Question, known: KnownOperation): void;
  /** Answers, or resolves with `null` if it takes the long way; `undefined`: the operation is not known. */
  answer(question: Question): Promise<KeptAnswer | null> | undefined;
}

/** What knowing takes. */
export interface KnownOperationsParts {
  /** Most bytes of what is known. */
  readonly bytes: number;
  /** The context of a request with this `Authorization`, in which nothing but claims can be asked for. */
  readonly openContext: (authorization: string | undefined) => GraphQLContext;
}

/** A document that has been parsed takes many times the bytes of its text. */
const BYTES_A_CHARACTER = 100;
const CONTENT_LENGTH = 'content-length';

/** Creates the memory of operations. */
export function createKnownOperations(parts: KnownOperationsParts): KnownOperations {
  const { bytes, openContext } = parts;
  const operations = new LRUCache<string, KnownOperation>({
    maxSize: bytes,
    sizeCalculation: (_known, key) => BYTES_A_CHARACTER * key.length,
  });
  return {
    note: (question, known) => void operations.set(askedOf(question), known),
    answer(question) {
      const known = operations.get(askedOf(question));
      if (known === undefined) return undefined;
      return answerWith(known, openContext(question.headers.authorization));
    },
  };
}

async function answerWith(
  { headers, name, operation }: KnownOperation,
  contextValue: GraphQLContext,
): Promise<KeptAnswer | null> {
  const { data, errors } = await execute({ ...operation, contextValue });
  if (errors !== undefined) return null;
  const expiresAt = await claimsUntil(contextValue);
  if (expiresAt === null) return null;
  // As Apollo Server writes it.
  const body = Buffer.from(`${JSON.stringify({ data })}\n`);
  const index = headers.indexOf(CONTENT_LENGTH) + 1;
  return {
    body: body.toString('latin1'),
    headers: headers.with(index, String(body.length)),
    expiresAt,
    facts: { ...contextValue.request.facts, ...(name === undefined ? {} : { operation: name }) },
  };
}
