/** Apollo Server with every default decided here, in one place. */
import { ApolloServer } from '@apollo/server';
import { ApolloServerValidationErrorCode } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLFormattedError } from 'graphql';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { boundMessage } from '../error-bounds.ts';
import type { Log } from '../log.ts';
import { maskError } from '../mask-error.ts';
import type { GraphQLContext } from './context.ts';
import { finishAnswers } from './finish-answers.ts';
import { createErrorTranslator } from './format-error.ts';
import { HISTORY_RESOLVERS } from './history-resolvers.ts';
import { createLimitRules, MAX_TOKENS, NoSubscriptions } from './limits.ts';
import { createResolvers } from './resolvers.ts';
import { loadTypeDefs } from './schema.ts';
import { createSubgraph } from './subgraph.ts';
import { createSubscriptionRunner, type RunSubscription } from './subscriptions.ts';
import { createTypedApi } from './typed/typed-api.ts';
import { reportVariableErrors } from './variable-errors.ts';
import { wrapResolvers } from './wrap-resolvers.ts';

/** What the GraphQL server needs. */
export interface GraphQLServerOptions {
  readonly appId: string;
  readonly introspection: boolean;
  /** Whether it is served as a subgraph of a federated graph. */
  readonly federation: boolean;
  readonly log: Log;
  /** The operator's schema of the documents, if there is one. */
  readonly schema: CustomDataSchema | null;
  /** Told the code of every error answered, for metrics. */
  readonly onErrorCode?: (code: string) => void;
}

const runners = new WeakMap<object, RunSubscription>();

/** What runs the subscriptions of a server, which itself answers queries and mutations only. */
export function subscriptionsOf(server: ApolloServer<GraphQLContext>): RunSubscription {
  const run = runners.get(server);
  if (run === undefined) throw new Error('The server was not made here');
  return run;
}

/** Creates and starts the GraphQL server. */
export async function createGraphQLServer(
  options: GraphQLServerOptions,
): Promise<ApolloServer<GraphQLContext>> {
  const { appId, federation, introspection, log, schema } = options;
  const typed = schema === null ? null : createTypedApi(schema);
  const translate = createErrorTranslator(log, appId);
  const typeDefs = [...loadTypeDefs(), ...(typed === null ? [] : [typed.typeDefs])];
  const subgraph = federation ? createSubgraph(typeDefs) : null;
  const server = new ApolloServer<GraphQLContext>({
    typeDefs: [...typeDefs, ...(subgraph === null ? [] : [subgraph.typeDefs])],
    resolvers: [
      wrapResolvers(createResolvers(schema), translate),
      wrapResolvers(HISTORY_RESOLVERS, translate),
      ...(typed === null ? [] : [wrapResolvers(typed.resolvers, translate)]),
      ...(subgraph === null ? [] : [wrapResolvers(subgraph.resolvers, translate)]),
    ],
    introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    // Suggestions such as `did you mean` would describe the schema that introspection hides.
    hideSchemaDetailsFromClientErrors: !introspection,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [...createLimitRules(), NoSubscriptions],
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
      // It looks at every field to find that no answer may be cached, which `finishAnswers` says.
      ApolloServerPluginCacheControlDisabled(),
      // Browsers are led to the explorer before.
      ApolloServerPluginLandingPageDisabled(),
      reportVariableErrors({ namesSchema: introspection }),
      finishAnswers(options.onErrorCode),
      {
        async serverWillStart({ schema: served }) {
          const parts = { schema: served, translate, namesSchema: introspection };
          runners.set(server, createSubscriptionRunner(parts));
        },
      },
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
