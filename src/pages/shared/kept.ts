/** What a browser tab keeps over a reload: `sessionStorage`, which ends with the tab and is read by no other. */

/** Reads what was kept; `null` if nothing was, if it cannot be read, or if `isGood` says so. */
export function readKept<T>(key: string, isGood: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    return isGood(value) ? value : null;
  } catch {
    return null;
  }
}

/** Keeps a value. A storage that is full or forbidden keeps nothing, and the page goes on. */
export function keep(key: string, value: unknown): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    sessionStorage.removeItem(key);
  }
}
