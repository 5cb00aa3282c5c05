/** Operations on accounts that tests use, and what they come to. */
import type { GraphQLAnswer, SendOperation } from './graphql-client.ts';

/** By what they do; `logIn` and `registerUser` are among `OPERATIONS`. */
export const ACCOUNT_OPERATIONS = {
  confirmUser: `mutation ($token: String!, $tokenId: String!) {
    confirmUser(token: $token, tokenId: $tokenId) }`,
  sendConfirmation: 'mutation ($email: String!) { sendConfirmation(email: $email) }',
  sendResetPasswordEmail: 'mutation ($email: String!) { sendResetPasswordEmail(email: $email) }',
  resetPassword: `mutation ($token: String!, $tokenId: String!, $password: String!) {
    resetPassword(token: $token, tokenId: $tokenId, password: $password) }`,
  callResetPasswordFunction: `mutation (
    $email: String!, $password: String!, $arguments: [JSON], $currentPassword: String
  ) { callResetPasswordFunction(
    email: $email, password: $password, arguments: $arguments, currentPassword: $currentPassword
  ) }`,
  linkCredentials: `mutation ($credentials: CredentialsInput!) {
    linkCredentials(credentials: $credentials) { userId identities { id provider data } } }`,
  deleteUser: 'mutation { deleteUser }',
  createApiKey: `mutation ($name: String!) {
    createApiKey(name: $name) { key apiKey { id name isDisabled createdAt } } }`,
  apiKeys: '{ apiKeys { id name isDisabled createdAt } }',
  deleteApiKey: 'mutation ($id: ID!) { deleteApiKey(id: $id) }',
  enableApiKey: 'mutation ($id: ID!) { enableApiKey(id: $id) }',
  disableApiKey: 'mutation ($id: ID!) { disableApiKey(id: $id) }',
} as const;

const LOG_IN = `mutation ($credentials: CredentialsInput!) {
  logIn(credentials: $credentials) { accessToken refreshToken user { id customData } } }`;

/** Sends a log-in. */
export function logIn(send: SendOperation, credentials: object): Promise<GraphQLAnswer> {
  return send(LOG_IN, { variables: { credentials } });
}

/** Sends a log-in with e-mail address and password. */
export function logInByEmail(
  send: SendOperation,
  email: string,
  password: string,
): Promise<GraphQLAnswer> {
  return logIn(send, { emailPassword: { email, password } });
}

/** Sends a log-in that must succeed, and returns the session. */
export async function mustLogIn(
  send: SendOperation,
  credentials: object,
): Promise<{
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly customData: unknown };
}> {
  const answer = await logIn(send, credentials);
  if (answer.data?.logIn == null) throw new Error(`Log-in refused: ${answer.code}`);
  return answer.data.logIn;
}
