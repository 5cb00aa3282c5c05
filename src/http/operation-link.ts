/** Where a browser is led that opens the endpoint with an operation in the address. */

const TAKEN = ['query', 'variables', 'operationName'] as const;
/** Parts of a signed token: header, payload, signature. */
const PARTS = 3;

/**
 * The address of a page with the operation behind the `#`, which browsers send nobody. Nothing else is taken along, and
 * what looks like a signed token in it is not either.
 */
export function linkTo(page: string, query: unknown): string {
  const given = (query ?? {}) as Readonly<Record<string, unknown>>;
  const taken = new URLSearchParams();
  for (const name of TAKEN) {
    const value = given[name];
    if (typeof value === 'string') taken.set(name, withoutTokens(value));
  }
  return taken.has('query') ? `${page}#${taken}` : page;
}

function withoutTokens(text: string): string {
  return text.replace(/[\w.-]+/g, (word) => (hasToken(word) ? 'TOKEN' : word));
}

/** The header of one is an object of JSON, as base64url. */
function hasToken(word: string): boolean {
  const parts = word.split('.');
  const at = parts.findIndex((part) => part.includes('eyJ'));
  return at !== -1 && parts.length - at >= PARTS;
}
