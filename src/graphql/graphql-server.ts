/** Apollo Server with every default decided here, in one place. */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerValidationErrorCode } from '@apollo/server/errors';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLFormattedError } from 'graphql';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { boundMessage } from '../error-bounds.ts';
import type { Log } from '../log.ts';
import { maskError } from '../mask-error.ts';
import { claimsUntil, type GraphQLContext } from './context.ts';
import { createErrorTranslator, isOwnCode } from './format-error.ts';
import { HISTORY_RESOLVERS } from './history-resolvers.ts';
import { createLimitRules, MAX_TOKENS } from './limits.ts';
import { createResolvers } from './resolvers.ts';
import { loadTypeDefs, translateErrors } from './schema.ts';
import { createTypedApi } from './typed/typed-api.ts';
import { reportVariableErrors } from './variable-errors.ts';

/** What the GraphQL server needs. */
export interface GraphQLServerOptions {
  readonly appId: string;
  readonly introspection: boolean;
  readonly log: Log;
  /** The operator's schema of the documents, if there is one. */
  readonly schema: CustomDataSchema | null;
  /** Told the code of every error answered, for metrics. */
  readonly onErrorCode?: (code: string) => void;
}

/** Creates and starts the GraphQL server. */
export async function createGraphQLServer(
  options: GraphQLServerOptions,
): Promise<ApolloServer<GraphQLContext>> {
  const { appId, introspection, log, schema } = options;
  const typed = schema === null ? null : createTypedApi(schema);
  const translate = createErrorTranslator(log, appId);
  const server = new ApolloServer<GraphQLContext>({
    typeDefs: [...loadTypeDefs(), ...(typed === null ? [] : [typed.typeDefs])],
    resolvers: [
      translateErrors(createResolvers(schema), translate),
      translateErrors(HISTORY_RESOLVERS, translate),
      ...(typed === null ? [] : [translateErrors(typed.resolvers, translate)]),
    ],
    introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    // Suggestions such as `did you mean` would describe the schema that introspection hides.
    hideSchemaDetailsFromClientErrors: !introspection,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: createLimitRules(),
    formatError: (formatted, error) => {
      const code = formatted.extensions?.code;
      // Resolvers translate their errors, so this one comes from the engine itself.
      if (code !== 'INTERNAL_SERVER_ERROR' || formatted.extensions?.errorId !== undefined) {
        return { ...formatted, message: boundMessage(messageOf(formatted)) };
      }
      const masked = maskError(log, error);
      return { message: masked.message, extensions: { code: masked.code, ...masked.details } };
    },
    logger: log,
    plugins: [
      // It looks at every field to find what `forbidCaching` says of all.
      ApolloServerPluginCacheControlDisabled(),
      forbidCaching,
      ApolloServerPluginLandingPageLocalDefault({ embed: true, includeCookies: false }),
      reportVariableErrors({ namesSchema: introspection }),
      limitErrors,
      noteClaimsAnswers,
      ...(options.onErrorCode === undefined ? [] : [countErrors(options.onErrorCode)]),
    ],
  });
  await server.start();
  return server;
}

/** Apollo's own text about introspection names an option of the library. */
function messageOf({ extensions, message }: GraphQLFormattedError): string {
  const isAboutIntrospection =
    extensions?.validationErrorCode === ApolloServerValidationErrorCode.INTROSPECTION_DISABLED;
  return isAboutIntrospection ? 'Introspection is off here (INTROSPECTION=false)' : message;
}

/** No cache may keep what is for one user. */
const forbidCaching: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { http } }) => {
      http.headers.set('cache-control', 'no-store');
    },
  }),
};

/** How many errors an answer has at most: graphql-js reports a hundred when it validates. */
const MAX_ERRORS = 50;

const limitErrors: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { body } }) => {
      if (body.kind !== 'single') return;
      const { errors } = body.singleResult;
      if (errors !== undefined) body.singleResult.errors = errors.slice(0, MAX_ERRORS);
    },
  }),
};

/** Says of an answer that was made of claims alone until when it is good, and what was executed. */
const noteClaimsAnswers: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: async () => ({
    async willSendResponse({ contextValue, document, operation, operationName, request, ...rest }) {
      const { body } = rest.response;
      const isGood = body.kind === 'single' && body.singleResult.errors === undefined;
      if (!isGood || document === undefined || operation?.operation !== 'query') return;
      const until = await claimsUntil(contextValue);
      if (until === null) return;
      const { schema } = rest;
      const variableValues = request.variables ?? {};
      const executed = { schema, document, operationName: operationName ?? null, variableValues };
      contextValue.basis.claimsAnswer = { until, operation: executed };
    },
  }),
};

function countErrors(onErrorCode: (code: string) => void): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ response }) => {
        if (response.body.kind !== 'single') return;
        for (const error of response.body.singleResult.errors ?? []) {
          const code = error.extensions?.code;
          onErrorCode(isOwnCode(code) ? String(code) : 'GRAPHQL');
        }
      },
    }),
  };
}
