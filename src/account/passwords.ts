/**
 * Password hashing with argon2id (RFC 9106) by a native library, off the event loop.
 *
 * At most two at once: a hash takes a core and 19 MiB, and the threads that hash are those that files and the
 * embedded store wait for. The others wait in line, for a bounded time.
 */
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { type Admission, createAdmission } from '../admission.ts';
import { trimEndOf } from '../trim-end.ts';
import { parseForeignHash } from './foreign-hashes.ts';

/** How expensive one hash is. */
export interface PasswordCost {
  /** KiB of memory. */
  readonly memoryCost: number;
  /** Passes over the memory. */
  readonly timeCost: number;
  /** Lanes. */
  readonly parallelism: number;
}

/** Hashes and verifies passwords; hashes are PHC strings, so each carries its own cost and salt. */
export type PasswordHasher = ReturnType<typeof createPasswordHasher>;

/** The OWASP Password Storage Cheat Sheet's recommendation for argon2id. */
export const PASSWORD_COST: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const AT_ONCE = 2;
/** About a second's work of one core. */
const QUEUE = 64;
/** Half of the time that a request has. */
const PATIENCE_MILLISECONDS = 2000;

/** The turns of a process: one for all its hashing. */
export function createHashingTurns(): Admission {
  return createAdmission(AT_ONCE, { queue: QUEUE, patience: PATIENCE_MILLISECONDS });
}

/** Creates the hasher. There should be one in a process. */
export function createPasswordHasher(
  cost: PasswordCost = PASSWORD_COST,
  turns: Admission = createHashingTurns(),
) {
  const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const leave = await turns.enter(null);
    try {
      return await work();
    } finally {
      leave();
    }
  };
  return {
    /** Hashes with a fresh salt. Fails with `RATE_LIMITED` if too many passwords wait already, as `verify` does. */
    hash: (password: string) => inTurn(() => hash(normalize(password), { ...cost })),
    /** Whether the password is the one that was hashed. */
    verify: (passwordHash: string, password: string) =>
      inTurn(() => verifyAny(passwordHash, password)),
    /** Whether the hash was made with another cost than new ones are, or by another system. */
    isOutdated(passwordHash: string) {
      if (!isOwnKind(passwordHash)) return true;
      const { memoryCost, timeCost, parallelism } = parseOptions(passwordHash);
      return (
        memoryCost !== cost.memoryCost ||
        timeCost !== cost.timeCost ||
        parallelism !== cost.parallelism
      );
    },
    /** How many wait for their turn. */
    waiting: () => turns.waiting(),
    /** A hash that no password matches and that costs as much to verify as any other. */
    decoy: createDecoy(cost),
  };
}

/** Ours are made of the normalized text; imported ones, of any kind, perhaps of the text as it was typed. */
async function verifyAny(passwordHash: string, password: string): Promise<boolean> {
  const check = isOwnKind(passwordHash)
    ? (text: string) => verify(passwordHash, text)
    : parseForeignHash(passwordHash).check;
  const normalized = normalize(password);
  if (await check(normalized)) return true;
  return normalized !== password && check(password);
}

function isOwnKind(passwordHash: string): boolean {
  return passwordHash.startsWith('$argon2id$');
}

/** One password typed on two systems is one password (RFC 8265 section 4.2). */
function normalize(password: string): string {
  return password.normalize('NFC');
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Well-formed, with a hash that is random instead of computed: nothing known hashes to it. */
function createDecoy({ memoryCost, timeCost, parallelism }: PasswordCost): string {
  const random = (bytes: number) =>
    trimEndOf(Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64'), '=');
  const parameters = `m=${memoryCost},t=${timeCost},p=${parallelism}`;
  return `$argon2id$v=19$${parameters}$${random(SALT_BYTES)}$${random(HASH_BYTES)}`;
}
