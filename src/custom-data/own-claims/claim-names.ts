/** Which names the operator's own claims may have, and which of a token's other claims they may repeat. */

/**
 * What the template may repeat of the other claims of an access token. Each is as long in every token of a user's
 * session, so that a token can be measured before it is made.
 */
export const REPEATABLE_CLAIMS = [
  'iss',
  'aud',
  'client_id',
  'sub',
  'sid',
  'jti',
  'iat',
  'exp',
] as const;

/** A claim that the template may repeat. */
export type RepeatableClaim = (typeof REPEATABLE_CLAIMS)[number];

/**
 * Claims that say what the gateway alone knows: whose token it is, whose it is to use, how long, and how the user
 * has logged in. Authorization claims (`scope`, `roles`, `groups`, `entitlements`: RFC 9068 section 2.2.3) are
 * what own claims are for.
 */
const RESERVED: ReadonlyMap<string, string> = new Map([
  // RFC 7519 section 4.1
  ...named('RFC 7519 section 4.1', ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']),
  ...named('RFC 9068 section 2.2', ['client_id', 'auth_time', 'acr', 'amr']),
  // Who may use the token: of a key, or for somebody else.
  ...named('RFC 7800 section 3', ['cnf']),
  ...named('RFC 8693 section 4', ['act', 'may_act']),
  ...named('the gateway', ['sid', 'typ']),
]);

/** Claims of ours, those to come included. */
const OUR_PREFIX = 'user_data';

/** Longest name of a claim or of a member of one, in characters. */
const MAX_NAME_LENGTH = 200;

/** What is wrong with the name of a claim or, `isTop` being false, of a member of one; `null`: nothing. */
export function findNameProblem(name: string, isTop: boolean): string | null {
  if (name === '__proto__') return 'No claim can have the name "__proto__"';
  if (name.length > MAX_NAME_LENGTH) return `A name has at most ${MAX_NAME_LENGTH} characters`;
  if (!isTop) return null;
  if (name === '') return 'A claim needs a name';
  const owner = name.startsWith(OUR_PREFIX) ? 'the gateway' : RESERVED.get(name);
  return owner === undefined ? null : `"${name}" is a claim of ${owner}, which no own claim can be`;
}

/** Whether the template may repeat a claim of that name. */
export function isRepeatable(name: unknown): name is RepeatableClaim {
  return REPEATABLE_CLAIMS.some((claim) => claim === name);
}

function named(owner: string, names: readonly string[]): [string, string][] {
  return names.map((name) => [name, owner]);
}
