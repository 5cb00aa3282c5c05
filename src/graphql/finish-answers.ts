/** What is done with every answer before it is sent, by one plugin: each costs every request a few promises. */
import type {
  ApolloServerPlugin,
  GraphQLRequestContextWillSendResponse,
  GraphQLRequestListener,
} from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { claimsUntil, type GraphQLContext } from './context.ts';
import { isOwnCode } from './format-error.ts';
import { MAX_ERRORS } from './limits.ts';

/** Characters of an operation's name that the log has. */
const MAX_NAME = 100;

/**
 * Bounds the errors, tells the code of each to `onErrorCode` and what was executed to the log, forbids caches to keep
 * what is for one user, and notes what an answer without an error was made of.
 */
export function finishAnswers(
  onErrorCode: (code: string) => void = () => undefined,
): ApolloServerPlugin<GraphQLContext> {
  const listener: GraphQLRequestListener<GraphQLContext> = {
    async willSendResponse(request) {
      const { body, http } = request.response;
      const { facts } = request.contextValue.request;
      const name = request.operation?.name?.value;
      if (facts !== undefined && name !== undefined) facts.operation = name.slice(0, MAX_NAME);
      http.headers.set('cache-control', 'no-store');
      if (body.kind !== 'single') return;
      const { errors } = body.singleResult;
      if (errors === undefined) return noteAnswer(request);
      body.singleResult.errors = errors.slice(0, MAX_ERRORS);
      const codes = body.singleResult.errors.map(codeOf);
      if (facts !== undefined && codes[0] !== undefined) facts.errorCode = codes[0];
      for (const code of codes) onErrorCode(code);
    },
  };
  return { requestDidStart: async () => listener };
}

function codeOf({ extensions }: GraphQLFormattedError): string {
  const code = extensions?.code;
  return isOwnCode(code) ? String(code) : 'GRAPHQL';
}

/** Says until when the answer is good, and what was executed. */
async function noteAnswer({
  contextValue,
  document,
  operation,
  operationName,
  schema,
}: GraphQLRequestContextWillSendResponse<GraphQLContext>): Promise<void> {
  if (document === undefined || operation === undefined) return;
  const isQuery = operation.operation === 'query';
  const until = isQuery ? await claimsUntil(contextValue) : null;
  const executed = { schema, document, operationName: operationName ?? null, isQuery };
  contextValue.basis.answered = { until, operation: executed };
}
