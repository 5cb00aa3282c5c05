/** An operation as a command of a shell, which can be shown to others: tokens are left out. */

/** What would be sent. */
export interface Request {
  readonly endpoint: string;
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a token goes along. */
  readonly hasToken: boolean;
}

/** Parts of a signed token: header, payload, signature. */
const PARTS = 3;
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
]);

/** Makes the command, for a POSIX shell. What the token was is `$ACCESS_TOKEN`, which whoever runs it sets. */
export function toCurl({
  endpoint,
  query,
  operationName,
  variables,
  headers,
  hasToken,
}: Request): string {
  const body = JSON.stringify({
    query,
    ...(operationName === null ? {} : { operationName }),
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
  });
  const named = Object.entries(headers).filter(([name]) => !SECRET_HEADERS.has(name.toLowerCase()));
  const lines = [
    `curl ${quote(endpoint)}`,
    `-H 'content-type: application/json'`,
    ...named.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(hasToken ? ['-H "authorization: Bearer $ACCESS_TOKEN"'] : []),
    `--data-raw ${quote(body)}`,
  ];
  return withoutTokens(lines.join(' \\\n  '));
}

/** A text with `TOKEN` in place of what looks like a signed token, wherever it is. */
export function withoutTokens(text: string): string {
  return text.replace(/[\w.-]+/g, (word) => (hasToken(word) ? 'TOKEN' : word));
}

/** The header of one is an object of JSON, as base64url. */
function hasToken(word: string): boolean {
  const parts = word.split('.');
  const at = parts.findIndex((part) => part.includes('eyJ'));
  return at !== -1 && parts.length - at >= PARTS;
}

/** One word of a shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
