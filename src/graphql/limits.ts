/** What an operation may cost. Every limit answers with a message that names it. */
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { GraphQLError, type ValidationContext, type ValidationRule } from 'graphql';

/** Deepest selection, introspection aside. */
const MAX_DEPTH = 10;
/** Most aliases in an operation. Each aliased `logIn` would be a password guess. */
const MAX_ALIASES = 15;
/** Most tokens in a document. Documents of this size belong into variables. */
export const MAX_TOKENS = 2000;
/** How many errors an answer has at most: graphql-js reports a hundred when it validates. */
export const MAX_ERRORS = 50;

/** Validation rules that enforce the limits on depth and aliases. */
export function createLimitRules(): ValidationRule[] {
  // Thrown from a rule the error would be ours; reported it is the client's.
  const report = { propagateOnRejection: false, onReject: [reportError] };
  return [
    toRule(maxDepthRule({ n: MAX_DEPTH, ...report })),
    toRule(maxAliasesRule({ n: MAX_ALIASES, allowList: [], ...report })),
  ];
}

/** For answers: graphql-js would execute a subscription as if it were a query. */
export const NoSubscriptions: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (node.operation !== 'subscription') return;
    const message =
      'Subscriptions are served over WebSockets here, and as server-sent events at "/graphql/stream"';
    context.reportError(new GraphQLError(message, { nodes: node }));
  },
});

/** For what streams words. */
export const OnlySubscriptions: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (node.operation === 'subscription') return;
    const message = `Only subscriptions are served here; send the ${node.operation} to "/graphql" by POST`;
    context.reportError(new GraphQLError(message, { nodes: node }));
  },
});

function reportError(context: ValidationContext | null, error: GraphQLError): void {
  context?.reportError(error);
}

/** The rules return class instances that graphql-js accepts but its types do not describe. */
function toRule(rule: (context: Parameters<ValidationRule>[0]) => object): ValidationRule {
  return (context) => rule(context) as ReturnType<ValidationRule>;
}
