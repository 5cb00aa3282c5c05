/** A GraphQL client that hides nothing: status, headers, data and errors as they came. */

/** An answer as it came over HTTP. */
export interface GraphQLAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever shape they asked for
  readonly data: any;
  readonly errors: readonly GraphQLAnswerError[] | undefined;
  /** `extensions.code` of the first error. */
  readonly code: string | undefined;
}

/** One error of an answer. */
export interface GraphQLAnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
}

/** Sends one operation. */
export type SendOperation = (
  query: string,
  options?: { readonly token?: string; readonly variables?: object },
) => Promise<GraphQLAnswer>;

/** Creates a client of the gateway at `url`. */
export function createGraphQLClient(
  url: string,
  { headers = {} }: { readonly headers?: Readonly<Record<string, string>> } = {},
): SendOperation {
  return async (query, { token, variables } = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    return readAnswer(response);
  };
}

/** Reads a GraphQL answer. */
export async function readAnswer(response: Response): Promise<GraphQLAnswer> {
  const body = (await response.json()) as {
    data?: unknown;
    errors?: readonly GraphQLAnswerError[];
  };
  return {
    status: response.status,
    headers: response.headers,
    data: body.data,
    errors: body.errors,
    code: body.errors?.[0]?.extensions.code,
  };
}

const SESSION_FIELDS = `accessToken refreshToken expiresAt refreshExpiresAt
  user { id customData customDataRevision customDataReadAt tokenExpiresAt }`;

const USER_FIELDS = 'id customData customDataRevision customDataReadAt tokenExpiresAt';

const WRITTEN_FIELDS = `accessToken expiresAt customData canonical: customData(format: CANONICAL)
  user { ${USER_FIELDS} }
  result { acknowledged matchedCount modifiedCount upsertedId deletedCount }`;

/** The operations tests use most. */
export const OPERATIONS = {
  callFunction: `mutation ($name: String!, $arguments: [JSON!]) {
    callFunction(name: $name, arguments: $arguments) }`,
  me: `{ me { ${USER_FIELDS} } }`,
  logInAnonymously: `mutation { logIn(credentials: { anonymous: true }) { ${SESSION_FIELDS} } }`,
  logIn: `mutation ($credentials: CredentialsInput!) {
    logIn(credentials: $credentials) { ${SESSION_FIELDS} } }`,
  registerUser: `mutation ($email: String!, $password: String!) {
    registerUser(email: $email, password: $password) { userId } }`,
  refreshSession: `mutation ($refreshToken: String!) {
    refreshSession(refreshToken: $refreshToken) { ${SESSION_FIELDS} } }`,
  refreshCustomData: `mutation { refreshCustomData {
    accessToken expiresAt customData user { ${USER_FIELDS} } } }`,
  write: `mutation ($data: JSON!, $mode: WriteMode! = MERGE, $expectedRevision: String) {
    writeCustomUserData(newCustomUserData: $data, mode: $mode, expectedRevision: $expectedRevision) {
      ${WRITTEN_FIELDS} } }`,
  update: `mutation ($operations: [CustomDataOperation!]!, $expectedRevision: String) {
    updateCustomUserData(operations: $operations, expectedRevision: $expectedRevision) {
      ${WRITTEN_FIELDS} } }`,
  delete: `mutation ($expectedRevision: String) {
    deleteCustomUserData(expectedRevision: $expectedRevision) { ${WRITTEN_FIELDS} } }`,
  logOut: 'mutation { logOut }',
} as const;

/** Logs in anonymously. */
export async function logInAnonymously(
  send: SendOperation,
  // biome-ignore lint/suspicious/noExplicitAny: the session as it came
): Promise<any> {
  const answer = await send(OPERATIONS.logInAnonymously);
  if (answer.data?.logIn == null) throw new Error(`Log-in refused: ${answer.code}`);
  return answer.data.logIn;
}

/** The payload of a token, unverified: tests look at what clients can see. */
export function decodeUnverifiedToken(token: string): Record<string, unknown> {
  const payload = token.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
}
