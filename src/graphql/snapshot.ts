/** The snapshot in a token, as answers show it. */
import { convertSnapshot } from '../custom-data/convert-snapshot.ts';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { projectDocument } from '../custom-data/schema/projection.ts';
import { GatewayError } from '../errors.ts';
import type { EjsonFormat } from '../generated/graphql.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { JsonObject } from '../values/json.ts';

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
  format: EjsonFormat | null | undefined,
): JsonObject | null {
  return document === null ? null : convertSnapshot(document, format ?? 'RELAXED');
}
