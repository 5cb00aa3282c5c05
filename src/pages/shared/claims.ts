/** What is in an access token. Nothing here verifies it: that is for the gateway. */

/** The payload of a token; `null` if the text is no token. */
export function decodeClaims(token: string): Readonly<Record<string, unknown>> | null {
  const [, payload = ''] = token.split('.');
  try {
    const base64 = payload.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0);
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isObject = typeof claims === 'object' && claims !== null && !Array.isArray(claims);
    return isObject ? (claims as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** How deep it is looked for a token: a field of the answer, and a field of that. */
const DEPTH = 2;

/** The newest access token in an answer that is of the same session as `token`, and another; `null`: there is none. */
export function findReissued(answer: unknown, token: string): string | null {
  const { sid } = decodeClaims(token) ?? {};
  const found = textsIn(answer, DEPTH)
    .filter((text) => text !== token)
    .map((text) => ({ text, claims: decodeClaims(text) }))
    .filter(({ claims }) => claims?.['typ'] === 'access' && claims['sid'] === sid)
    .sort((a, b) => Number(b.claims?.['user_data_at']) - Number(a.claims?.['user_data_at']));
  return found[0]?.text ?? null;
}

function textsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((each) => textsIn(each, depth - 1));
}

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['iss', 'Who issued it: the public URL of the gateway'],
  ['aud', 'For whom: the app id'],
  ['client_id', 'The app id once more, as RFC 9068 asks for'],
  ['sub', 'Whose it is: the user id'],
  ['sid', 'The session that it belongs to'],
  ['jti', 'Its own id'],
  ['iat', 'When it was issued'],
  ['exp', 'When it expires; a reissued token keeps this instant'],
  ['typ', 'That it is an access token'],
  ['user_data', 'The document, as it was when it was read'],
  ['user_data_rev', 'The revision of that document'],
  ['user_data_at', 'When it was read'],
  ['user_data_bytes', 'How large the document was that had to be left out'],
]);

/** What a claim means, in a sentence. */
export function meaningOf(claim: string): string {
  return MEANINGS.get(claim) ?? 'A claim of the operator’s own';
}

const SECONDS: ReadonlySet<string> = new Set(['iat', 'exp', 'nbf']);
const MILLISECONDS_PER_SECOND = 1000;

/** The instant that a claim is, in epoch milliseconds; `null` if it is none. */
export function instantOf(claim: string, value: unknown): number | null {
  if (typeof value !== 'number') return null;
  if (SECONDS.has(claim)) return value * MILLISECONDS_PER_SECOND;
  return claim === 'user_data_at' ? value : null;
}

/** A field of the document, and what it takes in the token. */
export interface FieldSize {
  readonly name: string;
  readonly bytes: number;
}

/** base64url writes three bytes as four characters. */
const ENCODED = 4 / 3;
const MAX_FIELDS = 5;

/** Bytes of the `Authorization` header value with this token. */
export function headerBytes(token: string): number {
  return 'Bearer '.length + token.length;
}

/** The fields of the document that take most, the largest first. */
export function largestFields(document: unknown): readonly FieldSize[] {
  if (typeof document !== 'object' || document === null) return [];
  const encoder = new TextEncoder();
  return Object.entries(document)
    .map(([name, value]) => {
      const text = `${JSON.stringify(name)}:${JSON.stringify(value)},`;
      return { name, bytes: Math.ceil(encoder.encode(text).length * ENCODED) };
    })
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_FIELDS);
}

const SECONDS_PER_MINUTE = 60;
/** Minutes before the expiry at which a screen reader is told. */
const TOLD_AT = [5, 1] as const;

/** How long it still is, such as `29 min 5 s`. */
export function describeRest(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / MILLISECONDS_PER_SECOND));
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  return minutes > 0 ? `${minutes} min ${seconds % SECONDS_PER_MINUTE} s` : `${seconds} s`;
}

/** What is told at most three times: five minutes before, one minute before, and then. Empty: nothing yet. */
export function announceRest(milliseconds: number): string {
  if (milliseconds <= 0) return 'The token has expired';
  const minute = SECONDS_PER_MINUTE * MILLISECONDS_PER_SECOND;
  const due = TOLD_AT.filter((minutes) => milliseconds <= minutes * minute).at(-1);
  if (due === undefined) return '';
  return `The token expires in ${due === 1 ? 'a minute' : `${due} minutes`}`;
}
