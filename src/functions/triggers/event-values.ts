/** Events as functions are told them, and as bytes in between: no BSON type gets lost. */
import { Binary } from '../../bson.ts';
import type { AuthEvent } from '../../session/operator-functions.ts';
import type { Document } from '../../values/documents.ts';
import { describeFunctionUser } from '../function-user.ts';
import { decodeValue, encodeValue } from '../value-bytes.ts';

/** Far more than a document has that travels in tokens, far less than one of the store may have. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** The event of a time, with the document that the user has; `null` if that makes it too large to be kept. */
export function encodeEvent(event: AuthEvent, time: Date, customData: Document): Binary | null {
  const { operation, providers, user } = event;
  const told = {
    operationType: operation,
    providers: [...providers],
    user: describeFunctionUser(user, customData),
    time,
  };
  try {
    const bytes = encodeValue(told);
    return bytes.length > MAX_EVENT_BYTES ? null : new Binary(bytes);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The event, with another document of the user unless that is `null`. */
export function decodeEvent(encoded: Binary, customData: Document | null): Document {
  const event = decodeValue(encoded.value()) as Document & { readonly user: Document };
  if (customData === null) return event;
  return { ...event, user: { ...event.user, custom_data: customData } };
}
