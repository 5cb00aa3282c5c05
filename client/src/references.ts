/** What has not changed stays the same object, so that user interfaces do not draw it again. */
import type { LiveSession } from './record.ts';

/** `next` with the frozen user of `before`, or the frozen document in it, as far as they are equal. */
export function keepReferences(next: LiveSession, before: LiveSession | null): LiveSession {
  const user = keep(before?.user, next.user);
  if (user !== next.user) return { ...next, user };
  const customData = keep(before?.user.customData, user.customData);
  return { ...next, user: freeze({ ...user, customData }) };
}

/** Both come from answers of one shape, so equal values have equal texts. */
function keep<T>(old: T | undefined, value: T): T {
  return old !== undefined && JSON.stringify(old) === JSON.stringify(value) ? old : value;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
