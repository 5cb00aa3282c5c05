/** One line each: the schema of accounts, sessions and API keys mapped to the use cases. */
import { parseExtendedJson } from '../custom-data/extended-json-parse.ts';
import { badInput } from '../errors.ts';
import type { CredentialsInput, MutationResolvers, QueryResolvers } from '../generated/graphql.ts';
import type { Credentials } from '../session/log-in.ts';
import type { Caller, Users } from '../session/users.ts';
import type { GraphQLContext } from './context.ts';

/** The mutations of accounts, sessions and API keys. */
export const ACCOUNT_MUTATIONS = {
  registerUser: (_root, args, { users }) => users.registerUser(args),
  confirmUser: (_root, args, { users }) => done(users.confirmUser(args)),
  sendConfirmation: (_root, { email }, { users }) => done(users.sendConfirmation(email)),
  sendResetPasswordEmail: (_root, { email }, { users }) =>
    done(users.sendResetPasswordEmail(email)),
  resetPassword: (_root, args, { users }) => done(users.resetPassword(args)),
  callResetPasswordFunction: (_root, { arguments: args, ...request }, { users }) =>
    done(
      users.callResetPasswordFunction({ ...request, args: (args ?? []).map(parseExtendedJson) }),
    ),
  linkCredentials: (_root, { credentials }, context) =>
    asCaller(context, (users, caller) => users.linkCredentials(caller, toCredentials(credentials))),
  deleteUser: (_root, _args, context) =>
    asCaller(context, (users, caller) => done(users.deleteUser(caller))),
  logOutEverywhere: (_root, _args, context) =>
    asCaller(context, (users, caller) => done(users.logOutEverywhere(caller))),
  endSession: (_root, { id }, context) =>
    asCaller(context, (users, caller) => users.endSession(caller, id)),
  createApiKey: (_root, { name }, context) =>
    asCaller(context, async (users, caller) => {
      const { key, ...apiKey } = await users.createApiKey(caller, name);
      return { key, apiKey };
    }),
  deleteApiKey: (_root, { id }, context) =>
    asCaller(context, (users, caller) => done(users.deleteApiKey(caller, id))),
  enableApiKey: (_root, { id }, context) =>
    asCaller(context, (users, caller) => done(users.enableApiKey(caller, id))),
  disableApiKey: (_root, { id }, context) =>
    asCaller(context, (users, caller) => done(users.disableApiKey(caller, id))),
} satisfies MutationResolvers<GraphQLContext>;

/** The queries of accounts, sessions and API keys. */
export const ACCOUNT_QUERIES = {
  sessions: (_root, _args, context) =>
    asCaller(context, (users, caller) => users.listSessions(caller)),
  apiKeys: (_root, _args, context) =>
    asCaller(context, (users, caller) => users.listApiKeys(caller)),
} satisfies QueryResolvers<GraphQLContext>;

/** The credentials in an input of which GraphQL has seen to it that it holds exactly one kind. */
export function toCredentials(input: CredentialsInput): Credentials {
  if (input.emailPassword) return { provider: 'email-password', ...input.emailPassword };
  if (input.customJwt) return { provider: 'custom-jwt', ...input.customJwt };
  if (input.apiKey) return { provider: 'api-key', ...input.apiKey };
  if (input.function) return { provider: 'custom-function', ...input.function };
  if (input.google) return { provider: 'google', ...input.google };
  if (input.apple) return { provider: 'apple', ...input.apple };
  if (input.anonymous) return { provider: 'anonymous' };
  throw badInput('"anonymous" must be true');
}

async function asCaller<Result>(
  context: GraphQLContext,
  run: (users: Users, caller: Caller) => Promise<Result>,
): Promise<Result> {
  return run(context.users, await context.requireCaller());
}

async function done(operation: Promise<unknown>): Promise<true> {
  await operation;
  return true;
}
