/** Extended JSON that this gateway has written, back to BSON values. */
import { isGatewayError } from '../errors.ts';
import { isPlainObject, setOwn } from '../values/documents.ts';
import type { JsonValue } from '../values/json.ts';
import { parseExtendedJson } from './extended-json-parse.ts';

/**
 * Reads what `formatExtendedJson` made of a stored value. Extended JSON has no escape: a stored document
 * may look like a wrapper without being one, such as `{"$numberInt": "n/a"}`, and stays a document. One
 * that looks exactly like a wrapper reads as the value of that.
 */
export function readExtendedJson(json: JsonValue): unknown {
  if (Array.isArray(json)) return json.map(readExtendedJson);
  if (!isPlainObject(json)) return parseExtendedJson(json);
  if (Object.keys(json).some((key) => key.startsWith('$'))) {
    try {
      return parseExtendedJson(json);
    } catch (error) {
      if (!isGatewayError(error, 'BAD_USER_INPUT')) throw error;
    }
  }
  const document: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    setOwn(document, key, readExtendedJson(value as JsonValue));
  }
  return document;
}
