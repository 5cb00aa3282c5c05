/**
 * `text` without the characters `end` at its end. A regular expression such as `/x+$/` would look at every
 * run of them from each of its places: the square of its length.
 */
export function trimEndOf(text: string, end: string): string {
  let length = text.length;
  while (length > 0 && text[length - 1] === end) length -= 1;
  return text.slice(0, length);
}
