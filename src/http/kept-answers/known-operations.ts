/**
 * Operations that have been answered before, whoever asked and with whatever variables. One that is asked for again
 * needs to be executed, but not to be parsed, validated and looked at once more.
 *
 * What is executed is what Apollo Server executed: the same document and schema, with the variables of the question.
 */
import { execute } from 'graphql';
import { LRUCache } from 'lru-cache';
import { isGatewayError } from '../../errors.ts';
import { type ClaimsPlan, planClaims } from '../../graphql/claims-plan.ts';
import { claimsUntil, type GraphQLContext, type Operation } from '../../graphql/context.ts';
import type { RequestFacts } from '../../session/seen-request.ts';
import { isPlainObject } from '../../values/documents.ts';
import { parseJsonBody, parseJsonText } from '../json-body.ts';
import { type Answer, isAscii, toByteText } from './kept-answers.ts';
import { askedOf, type Question } from './question.ts';

/** An operation and what its answers have in common. */
export interface KnownOperation {
  readonly operation: Operation;
  /** Headers of an answer, names and values in turns. */
  readonly headers: readonly string[];
  /** Its name; `undefined`: it has none. */
  readonly name: string | undefined;
}

/** An operation, and how its answer is made of claims alone, if that can be said. */
interface PlannedOperation extends KnownOperation {
  readonly plan: ClaimsPlan | null;
}

/** An operation, and the variables that a question asks it with. */
export interface AskedOperation extends PlannedOperation {
  readonly variableValues: Readonly<Record<string, unknown>>;
}

/** Knows operations by their questions, whoever asks. */
export interface KnownOperations {
  note(question: Question, known: KnownOperation): void;
  /** `undefined`: the operation is not known. */
  find(question: Question): AskedOperation | undefined;
}

/** A document that has been parsed takes many times the bytes of its text. */
const BYTES_A_CHARACTER = 100;
const CONTENT_LENGTH = 'content-length';

/** Creates the memory of operations, which takes so many bytes at most. */
export function createKnownOperations(bytes: number): KnownOperations {
  const operations = new LRUCache<string, PlannedOperation>({
    maxSize: bytes,
    sizeCalculation: (_known, key) => BYTES_A_CHARACTER * key.length,
  });
  return {
    note(question, known) {
      const request = readRequest(question);
      if (request === null) return;
      operations.set(keyOf(question, request), { ...known, plan: planClaims(known.operation) });
    },
    find(question) {
      if (operations.size === 0) return undefined;
      const request = readRequest(question);
      const known = request === null ? undefined : operations.get(keyOf(question, request));
      if (known === undefined) return undefined;
      const { headers, name, operation, plan } = known;
      return { headers, name, operation, plan, variableValues: request?.variables ?? {} };
    },
  };
}

/** A request as GraphQL over HTTP has it, section 5.1. */
interface GraphQLRequest {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: Readonly<Record<string, unknown>> | null;
}

/** The request in the body; `null` if it is not a plain one, which somebody else has to judge. */
function readRequest({ body }: Question): GraphQLRequest | null {
  const request = parse(body);
  if (!isPlainObject(request)) return null;
  const { extensions, operationName, query, variables } = request;
  if (typeof query !== 'string' || !isNothingOr(isText, operationName)) return null;
  if (!isNothingOr(isPlainObject, variables)) return null;
  // A persisted query may stand for another text.
  const isOrdinary = isNothingOr(isPlainObject, extensions) && !hasPersistedQuery(extensions);
  return isOrdinary ? (request as unknown as GraphQLRequest) : null;
}

function parse(body: string): unknown {
  try {
    return isAscii(body) ? parseJsonText(body) : parseJsonBody(Buffer.from(body, 'latin1'));
  } catch (error) {
    if (isGatewayError(error, 'BAD_REQUEST')) return undefined;
    throw error;
  }
}

const isText = (value: unknown) => typeof value === 'string';

function isNothingOr(is: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || value === null || is(value);
}

function hasPersistedQuery(extensions: unknown): boolean {
  return isPlainObject(extensions) && 'persistedQuery' in extensions;
}

/** What an operation is looked up by. The length of the name says where the text begins. */
function keyOf(question: Question, { operationName, query }: GraphQLRequest): string {
  return [askedOf(question), operationName?.length, operationName, query].join('\n');
}

/** An answer of an operation, and until when, in epoch milliseconds, it may be given again; `null`: not at all. */
export interface OperationAnswer extends Answer {
  readonly expiresAt: number | null;
}

/**
 * Executes an operation. `null`: there is an error, which has to be answered the long way, in the same context: there
 * a field of a mutation that ran does not run again.
 */
export async function answerOperation(
  asked: AskedOperation,
  context: GraphQLContext,
): Promise<OperationAnswer | null> {
  const { isQuery, ...executed } = asked.operation;
  const { variableValues } = asked;
  const { data, errors } = await execute({ ...executed, variableValues, contextValue: context });
  if (errors !== undefined || !data) return null;
  const expiresAt = isQuery ? await claimsUntil(context) : null;
  return { ...writeAnswer(asked, data, context.request.facts ?? {}), expiresAt };
}

/** The answer of these data. `facts` are told the name of the operation. */
export function writeAnswer(
  { headers, name }: KnownOperation,
  data: Readonly<Record<string, unknown>>,
  facts: RequestFacts,
): Answer {
  if (name !== undefined) facts.operation = name;
  // As Apollo Server writes it.
  const body = toByteText(`${JSON.stringify({ data })}\n`);
  const index = headers.indexOf(CONTENT_LENGTH) + 1;
  return { body, headers: headers.with(index, String(body.length)), facts };
}
