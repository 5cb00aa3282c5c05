/** A value of a document, as answers show it. */

import type { JsonValue } from '../values/json.ts';
import { convertSnapshot, type SnapshotFormat } from './convert-snapshot.ts';
import { formatExtendedJson } from './extended-json-format.ts';

/** A BSON value as JSON of the format asked for. */
export function showValue(value: unknown, format: SnapshotFormat): JsonValue {
  const json = { value: formatExtendedJson(value, 'canonical') };
  return convertSnapshot(json, format).value ?? null;
}
