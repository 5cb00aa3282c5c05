/**
 * `me`: the caller as the claims of the access token say, and why it never touches the store.
 *
 * Whoever wrote or refreshed the document got a token with a snapshot of it, signed by us. To answer `me` the
 * signature is checked with a key in memory, and every field of `User` is one of the claims. The use cases,
 * which are what has the store, are made when a resolver asks the context for one: nothing here does.
 * The price is that `me` shows what was so when the token was issued, until it expires.
 */
import { convertSnapshot, type SnapshotFormat } from '../custom-data/convert-snapshot.ts';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { projectDocument } from '../custom-data/schema/projection.ts';
import { GatewayError } from '../errors.ts';
import { secondsToDate } from '../session/issuer.ts';
import type { RequestFacts } from '../session/seen-request.ts';
import { parseBearer } from '../token/bearer.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Tokens } from '../token/token-service.ts';
import type { JsonObject } from '../values/json.ts';

/**
 * The claims of the token in an `Authorization` header; `null` if there is none. Fails with `UNAUTHENTICATED`.
 * Only a token whose issuer this process has never seen costs a look into the store. `facts` hear who it is.
 */
export async function verifyCaller(
  tokens: Pick<Tokens, 'verifyAccess'>,
  authorization: string | undefined,
  facts?: RequestFacts,
): Promise<AccessClaims | null> {
  const token = parseBearer(authorization);
  if (token === null) return null;
  const claims = await tokens.verifyAccess(token);
  if (facts !== undefined) facts.userId = claims.userId;
  return claims;
}

/** How a document is to be shown, as fields of GraphQL say it. */
interface Shown {
  readonly format?: SnapshotFormat | null | undefined;
}

/** What fields that show a snapshot ask the context for, and nothing else. */
export interface Budget {
  /** Largest `Authorization` header value, in bytes. */
  readonly budgetBytes: number;
}

/** The fields of `User` that are claims. `schema` is the operator's schema of the documents, if there is one. */
export function createClaimFields(schema: CustomDataSchema | null) {
  return {
    id: ({ userId }: AccessClaims) => userId,
    customData: (claims: AccessClaims, { format }: Shown, { budgetBytes }: Budget) =>
      showSnapshot(snapshotOf(claims, schema, budgetBytes), format),
    customDataRevision: ({ customData }: AccessClaims) => customData.revision ?? null,
    customDataReadAt: ({ customData }: AccessClaims) => new Date(customData.readAt),
    tokenExpiresAt: ({ expiresAt }: AccessClaims) => secondsToDate(expiresAt),
  };
}

/** Their names. */
export const CLAIM_FIELDS: ReadonlySet<string> = new Set(Object.keys(createClaimFields(null)));

/**
 * The document in the claims; `null` if there was none. Fails with `CUSTOM_DATA_TOO_LARGE` if it was
 * left out for its size.
 *
 * A token issued under an earlier schema may carry what has been hidden since: no answer shows it.
 */
export function snapshotOf(
  { customData: snapshot }: AccessClaims,
  schema: CustomDataSchema | null,
  budgetBytes: number,
): JsonObject | null {
  if (snapshot.omittedBytes !== undefined) {
    throw new GatewayError('CUSTOM_DATA_TOO_LARGE', {
      size: snapshot.omittedBytes,
      budget: budgetBytes,
      largestFields: [],
    });
  }
  if (snapshot.data === undefined) return null;
  if (schema === null) return snapshot.data;
  return projectDocument(snapshot.data, schema.root, 'user') as JsonObject;
}

/** A document in Extended JSON, in the form that the client asks for. */
export function showSnapshot(
  document: JsonObject | null,
  format: SnapshotFormat | null | undefined,
): JsonObject | null {
  return document === null ? null : convertSnapshot(document, format ?? 'RELAXED');
}
