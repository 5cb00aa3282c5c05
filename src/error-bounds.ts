/** How much an error says: an answer of at most 64 KB, however much was wrong. */

/** Characters of a message. */
const MAX_MESSAGE = 500;
/** Characters of a text among the details, such as a path: most of them come from the client. */
const MAX_TEXT = 2000;
/** Members of a list among the details. */
const MAX_ITEMS = 100;
/** Bytes of JSON of all details together, give or take a text. */
const MAX_DETAILS = 32_768;

/** A message in few words. */
export function boundMessage(message: string): string {
  return cut(message, MAX_MESSAGE);
}

/** Details with short texts and short lists. Numbers and the like stay as they are. */
export function boundDetails<T extends object>(details: T): T {
  let left = MAX_DETAILS;
  const bound = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      for (const item of value.slice(0, MAX_ITEMS)) {
        if (left > 0) items.push(bound(item));
      }
      return items;
    }
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, bound(item)]));
    }
    const short = typeof value === 'string' ? cut(value, MAX_TEXT) : value;
    left -= Buffer.byteLength(JSON.stringify(short) ?? '');
    return short;
  };
  return bound(details) as T;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
