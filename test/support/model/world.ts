/** The real system of the model test, what the model knows of it, and the checks between the two. */
import { expect } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import type { GatewayPair } from '../gateway-pair.ts';
import {
  createGraphQLClient,
  decodeUnverifiedToken,
  type GraphQLAnswer,
} from '../graphql-client.ts';

/** `TOKEN_BUDGET_BYTES` of the gateways. */
export const BUDGET_BYTES = 8192;
/** Canonical documents are either far smaller than this or far larger. */
const LARGE_BYTES = 5000;

/** The real system. */
export interface World {
  readonly pair: GatewayPair;
  readonly documents: DocumentCollection;
  /** Whether the server behind it can hold and compare a canonical document. */
  readonly canHold: (json: unknown) => boolean;
  /** A token of an external issuer for someone it calls `subject`. */
  readonly issueExternal: (subject: string) => string;
  /** Stored bytes in hex ↔ revision, as seen over all runs. */
  readonly revisions: Map<string, string>;
}

/** An access token as its holder got it. */
export interface HeldToken {
  readonly accessToken: string;
  readonly session: ModelSession;
  /** What it must answer until it expires; `null`: no document. */
  readonly shown: JsonObject | null;
  readonly revision: string | null;
}

/** A session that the user may go on with. */
export interface ModelSession {
  refreshToken: string;
  readonly id: string;
}

/** What the model knows of a user. */
export interface ModelUser {
  readonly subject: string;
  id: string | undefined;
  /** The stored document without its identity, canonical; `null`: there is none. */
  document: JsonObject | null;
  /** `_id` and the user id field as tokens show them. */
  identity: JsonObject;
  readonly sessions: ModelSession[];
  readonly tokens: HeldToken[];
}

/** The model: three users. */
export interface Model {
  readonly users: readonly ModelUser[];
}

const USER = '{ id canonical: customData(format: CANONICAL) customDataRevision tokenExpiresAt }';
const WRITTEN = `{ accessToken user ${USER}
  result { matchedCount modifiedCount upsertedId deletedCount } }`;

/** The operations of the model test. */
export const MODEL_OPERATIONS = {
  logIn: `mutation ($token: String!) { logIn(credentials: { customJwt: { token: $token } })
    { accessToken refreshToken user ${USER} } }`,
  refreshSession: `mutation ($refreshToken: String!) { refreshSession(refreshToken: $refreshToken)
    { accessToken refreshToken user ${USER} } }`,
  me: `{ me ${USER} }`,
  refresh: `mutation { refreshCustomData { accessToken user ${USER} } }`,
  write: `mutation ($data: JSON!, $mode: WriteMode!, $revision: String) {
    writeCustomUserData(newCustomUserData: $data, mode: $mode, expectedRevision: $revision)
    ${WRITTEN} }`,
  update: `mutation ($operations: [CustomDataOperation!]!, $revision: String) {
    updateCustomUserData(operations: $operations, expectedRevision: $revision) ${WRITTEN} }`,
  delete: `mutation ($revision: String) { deleteCustomUserData(expectedRevision: $revision)
    ${WRITTEN} }`,
} as const;

/** Sends to one of the gateways. */
export function sendTo(
  world: World,
  gateway: number,
  query: string,
  options: { readonly token?: string; readonly variables?: object },
): Promise<GraphQLAnswer> {
  const index = (gateway % 2) as 0 | 1;
  return createGraphQLClient(world.pair.gateways[index].url)(query, options);
}

/** Whether a token cannot carry the document. */
export function isTooLarge(document: JsonObject): boolean {
  return Buffer.byteLength(JSON.stringify(document)) > LARGE_BYTES;
}

/** The user's documents under either form of the id. */
export function formsOf(user: ModelUser): object {
  const id = String(user.id);
  return { userId: { $in: [id, new ObjectId(id)] } };
}

/** Hex of the stored bytes; `null` if there is no document. */
export async function storedHex(world: World, user: ModelUser): Promise<string | null> {
  const stored = await world.documents.findStored({ ...formsOf(user) });
  return stored === null ? null : Buffer.from(stored.bytes).toString('hex');
}

/** The whole document as a token shows it. */
function shownOf(user: ModelUser): JsonObject | null {
  return user.document === null ? null : { ...user.identity, ...user.document };
}

/** A payload with a token in it, as it came. */
export interface TokenPayload {
  readonly accessToken: string;
  readonly user: UserAnswer;
}

interface UserAnswer {
  readonly id: string;
  readonly canonical: JsonObject | null;
  readonly customDataRevision: string | null;
  readonly tokenExpiresAt: string;
}

/** Checks a new token against the model and the store, and keeps it. */
export async function keepToken(
  world: World,
  user: ModelUser,
  session: ModelSession,
  payload: TokenPayload,
  answer: GraphQLAnswer,
): Promise<void> {
  const { accessToken } = payload;
  const revision = await checkRevision(world, user, payload.user.customDataRevision);
  const held = { accessToken, session, shown: shownOf(user), revision };
  checkUser(user, held, payload.user, answer);
  const { sub, sid, iat, exp, typ } = decodeUnverifiedToken(accessToken);
  expect({ sub, sid, typ }).toEqual({ sub: user.id, sid: session.id, typ: 'access' });
  expect(Number(exp)).toBeGreaterThan(Number(iat));
  expect(Buffer.byteLength(`Bearer ${accessToken}`)).toBeLessThanOrEqual(BUDGET_BYTES);
  user.tokens.push(held);
}

/** Checks what a token answers. */
export function checkUser(
  user: ModelUser,
  { accessToken, shown, revision }: HeldToken,
  given: UserAnswer,
  answer: GraphQLAnswer,
): void {
  const isOmitted = shown !== null && isTooLarge(shown);
  expect(answer.code).toBe(isOmitted ? 'CUSTOM_DATA_TOO_LARGE' : undefined);
  const { exp } = decodeUnverifiedToken(accessToken);
  expect(given).toEqual({
    id: user.id,
    canonical: isOmitted ? null : shown,
    customDataRevision: revision,
    tokenExpiresAt: new Date(Number(exp) * 1000).toISOString(),
  });
}

/** The same bytes have the same revision, and other bytes another, whoever asks. */
async function checkRevision(
  world: World,
  user: ModelUser,
  revision: string | null,
): Promise<string | null> {
  const hex = await storedHex(world, user);
  if (hex === null || revision === null) {
    expect([hex, revision]).toEqual([null, null]);
    return null;
  }
  const known = world.revisions.get(hex);
  if (known === undefined) expect([...world.revisions.values()]).not.toContain(revision);
  else expect(revision).toBe(known);
  world.revisions.set(hex, revision);
  return revision;
}

/** Checks that the store holds what the model says, and that no user has two documents. */
export async function checkStore(world: World, user: ModelUser): Promise<void> {
  const stored = await world.documents.find({ ...formsOf(user) });
  expect(stored).toHaveLength(user.document === null ? 0 : 1);
}
