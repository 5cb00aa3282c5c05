/**
 * Runs subscriptions, whatever carries their words.
 *
 * Each word is executed in a context of its own, as if it were a request: it has its time with the store, and what
 * the subscription was asked with is not kept for as long as it lasts.
 */
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { boundMessage } from '../error-bounds.ts';
import { createLeavingIterator, DONE, type LeavingIterator } from '../leaving-iterator.ts';
import type { GraphQLContext } from './context.ts';
import type { ErrorTranslator } from './format-error.ts';
import { createLimitRules, MAX_ERRORS, MAX_TOKENS, OnlySubscriptions } from './limits.ts';

/** What a client asks for. */
export interface SubscriptionRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Opens a context: that of the caller who subscribes, then one for each word. */
export type OpenContext = (isCaller: boolean) => GraphQLContext;

/** The results of a subscription, one for each word; they end with a `GraphQLError`. */
export type Results = LeavingIterator<ExecutionResult>;

/** Runs subscriptions. */
export type RunSubscription = (
  request: SubscriptionRequest,
  openContext: OpenContext,
) => Promise<Results | readonly GraphQLError[]>;

/** What running them takes. */
export interface RunSubscriptionParts {
  readonly schema: GraphQLSchema;
  readonly translate: ErrorTranslator;
  /** Whether errors may describe the schema. */
  readonly namesSchema: boolean;
}

/** Documents that are known to be valid; most clients send the same. */
const KNOWN_DOCUMENTS = 100;
/** Characters of a document that is kept. */
const MAX_KNOWN = 4096;

/** Creates what runs subscriptions, and nothing else. */
export function createSubscriptionRunner({
  namesSchema,
  schema,
  translate,
}: RunSubscriptionParts): RunSubscription {
  const known = new LRUCache<string, DocumentNode>({ max: KNOWN_DOCUMENTS });
  const rules = [...specifiedRules, ...createLimitRules(), OnlySubscriptions];

  function read(query: string): DocumentNode | readonly GraphQLError[] {
    const found = known.get(query);
    if (found !== undefined) return found;
    const document = parseOrFail(query);
    if (!('kind' in document)) return document;
    const errors = validate(schema, document, rules, { maxErrors: MAX_ERRORS });
    if (errors.length > 0) return errors.map((error) => invalid(error, namesSchema));
    if (query.length <= MAX_KNOWN) known.set(query, document);
    return document;
  }

  return async ({ operationName, query, variables }, openContext) => {
    const document = read(query);
    if (!('kind' in document)) return document;
    const operation = { schema, document, operationName, variableValues: variables };
    const source = await createSourceEventStream({
      ...operation,
      contextValue: openContext(true),
    });
    if (!(Symbol.asyncIterator in source)) return (source.errors ?? []).map(showError);
    const words = source[Symbol.asyncIterator]();
    return toResults(words, translate, (rootValue) =>
      execute({ ...operation, rootValue, contextValue: openContext(false) }),
    );
  };
}

function toResults(
  words: AsyncIterator<unknown>,
  translate: ErrorTranslator,
  run: (word: unknown) => ExecutionResult | Promise<ExecutionResult>,
): Results {
  return createLeavingIterator<ExecutionResult>({
    async next() {
      try {
        const word = await words.next();
        return word.done === true ? DONE : { value: showResult(await run(word.value)) };
      } catch (error) {
        throw showError(translate(error));
      }
    },
    leave: () => words.return?.(),
  });
}

function parseOrFail(query: string): DocumentNode | readonly GraphQLError[] {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) return [coded(error, 'GRAPHQL_PARSE_FAILED', error.message)];
    throw error;
  }
}

/** graphql-js makes suggestions, which would describe the schema that introspection hides. */
function invalid(error: GraphQLError, namesSchema: boolean): GraphQLError {
  const { message } = error;
  const start = namesSchema ? -1 : message.indexOf(' Did you mean ');
  return coded(error, 'GRAPHQL_VALIDATION_FAILED', start < 0 ? message : message.slice(0, start));
}

function coded(error: GraphQLError, code: string, message: string): GraphQLError {
  const extensions = { code };
  return new GraphQLError(boundMessage(message), { ...placeOf(error), extensions });
}

/** What it is about. */
function placeOf({ nodes, path, positions, source }: GraphQLError) {
  return {
    ...{ nodes: nodes ?? null, path: path ?? null },
    ...{ positions: positions ?? null, source: source ?? null },
  };
}

function showResult({ data, errors }: ExecutionResult): ExecutionResult {
  if (errors === undefined) return { data: data ?? null };
  return { data: data ?? null, errors: errors.slice(0, MAX_ERRORS).map(showError) };
}

/** An error as clients see it: what it would be over HTTP is of no use here. */
function showError(error: GraphQLError): GraphQLError {
  const { http: _http, code = 'BAD_USER_INPUT', ...extensions } = error.extensions;
  return new GraphQLError(boundMessage(error.message), {
    ...placeOf(error),
    extensions: { ...extensions, code },
  });
}
