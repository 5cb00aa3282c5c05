/**
 * Access tokens that were verified before: a signature that was good stays good, and so do the claims.
 *
 * What can change is asked each time: whether the key is in force, and whether the token has expired. Only what
 * our keys signed is remembered, so nobody can fill the memory with anything else.
 */
import { LRUCache } from 'lru-cache';
import type { AccessClaims } from './claims.ts';
import type { SigningKeys, VerificationKey } from './keys.ts';

/** Remembers verified tokens. */
export type VerifiedTokens = ReturnType<typeof createVerifiedTokens>;

/** What remembering takes. */
export interface VerifiedTokensParts {
  /** Most bytes of tokens and claims together; 0 remembers nothing. */
  readonly bytes: number;
  readonly keys: Pick<SigningKeys, 'verification'>;
}

interface Verified {
  readonly token: string;
  readonly kid: string;
  readonly key: VerificationKey;
  readonly claims: AccessClaims;
}

const TAIL = 40;

/**
 * The end of a token, or of a header with one: most of its signature. Hardly two have it in common, and it is quicker
 * to look up than the whole, which is to be compared then.
 */
export const tailOf = (text: string): string => text.slice(-TAIL);

/** Bytes of an entry for each character of its token, about: the text, and the claims as objects. */
const BYTES_A_CHARACTER = 4;
const OVERHEAD = 500;

/** Creates the memory. */
export function createVerifiedTokens({ bytes, keys }: VerifiedTokensParts) {
  const tokens =
    bytes === 0
      ? null
      : new LRUCache<string, Verified>({
          maxSize: bytes,
          sizeCalculation: ({ token }) => OVERHEAD + BYTES_A_CHARACTER * token.length,
        });
  return {
    /** The claims of a token whose key is in force, whether it has expired or not; `undefined`: it is not known. */
    find(token: string): AccessClaims | undefined {
      const known = tokens?.get(tailOf(token));
      if (known === undefined || known.token !== token) return undefined;
      return keys.verification.get(known.kid) === known.key ? known.claims : undefined;
    },
    /** Remembers a token that was verified with this key. */
    keep(verified: Verified): void {
      tokens?.set(tailOf(verified.token), verified);
    },
  };
}
