/** A value of a document, as answers show it. */
import { convertSnapshot, type SnapshotFormat } from './convert-snapshot.ts';
import { formatExtendedJson } from './extended-json-format.ts';
import type { JsonValue } from './json.ts';

/** A BSON value as JSON of the format asked for. */
export function showValue(value: unknown, format: SnapshotFormat): JsonValue {
  const json = { value: formatExtendedJson(value, 'canonical') };
  return convertSnapshot(json, format).value ?? null;
}
