/** What signs and verifies tokens: the operator's keys from a file, or those of the store (`key-ring.ts`). */
import type { KeyObject } from 'node:crypto';
import type { SigningAlg } from '../config.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
} from '../store/port.ts';
import type { KeyPair, PublicJwk } from './jwk.ts';
import type { KeySealer } from './key-sealer.ts';
import { parseKeySet } from './key-set.ts';

/** The collection that holds the signing keys, the revision key, and whom tokens were issued by and for. */
export const KEYS_COLLECTION: CollectionDefinition = { name: 'keys' };

/** The key that new tokens are signed with. */
export interface ActiveKey extends Pick<KeyPair, 'kid' | 'alg' | 'signatureBytes'> {
  readonly privateKey: KeyObject;
}

/** A key that tokens may be verified with. */
export type VerificationKey = Pick<KeyPair, 'alg' | 'publicKey'>;

/** Every key the gateway knows, imported once. What is in force may change between two questions. */
export interface SigningKeys {
  readonly active: ActiveKey;
  /** By `kid`. */
  readonly verification: ReadonlyMap<string, VerificationKey>;
  /** Public members only, the active key first. */
  readonly published: readonly PublicJwk[];
  /** How often a key has ceased to verify. */
  readonly withdrawals: () => number;
  /**
   * Looks for a key that is not in `verification`, since another gateway may have made it a moment ago. Fails with
   * `SERVICE_UNAVAILABLE` if that cannot be said now.
   */
  readonly lookFor: (kid: string) => Promise<VerificationKey | undefined>;
}

/**
 * Imports the operator's key set: every key verifies, the first private one for `alg` signs.
 *
 * @throws Error that lists every problem by key index, never a key.
 */
export async function importSigningKeys(file: unknown, alg: SigningAlg): Promise<SigningKeys> {
  const pairs = await parseKeySet(file, alg);
  const active = pairs.find((pair) => pair.alg === alg && pair.privateKey !== undefined);
  if (active === undefined) {
    throw new Error(`The signing key set has no private key for "${alg}"`);
  }
  const keys = pairs.map((pair) => {
    const { alg: algorithm, publicKey } = pair;
    return { pair, verification: { alg: algorithm, publicKey } };
  });
  return {
    ...toSigningKeys(active.kid, keys),
    withdrawals: () => 0,
    lookFor: async () => undefined,
  };
}

/** Where the key of revisions is, and what it is sealed for. */
const REVISION_KEY_ID = 'revision-key';
const REVISION_KEY_BYTES = 32;

/** Plain, or under seal. */
type RevisionKeyDocument = { readonly key?: string; readonly sealed?: string };

/**
 * Loads the key that revisions are computed with: 32 random bytes, made once, kept in the store and
 * never replaced, so that a revision stays comparable for as long as the store lives.
 *
 * @throws Error if it is damaged, or encrypted and no secret decrypts it.
 */
export async function loadRevisionKey(
  collection: DocumentCollection,
  sealer: KeySealer,
): Promise<Uint8Array> {
  const made = crypto.getRandomValues(new Uint8Array(REVISION_KEY_BYTES));
  const make = async () => sealRevisionKey(Buffer.from(made).toString('base64url'), sealer);
  const found = await findOrInsert<RevisionKeyDocument>(collection, REVISION_KEY_ID, make);
  const { text } = await openRevisionKey(found, sealer);
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  if (bytes.length !== REVISION_KEY_BYTES) throw new Error('The stored revision key is damaged');
  return bytes;
}

/** Encrypts the stored key of revisions with the first secret, if there is one and it is not yet; the key stays. */
export async function encryptRevisionKey(
  collection: DocumentCollection,
  sealer: KeySealer,
): Promise<void> {
  const found = await collection.findOne<RevisionKeyDocument>({ _id: REVISION_KEY_ID });
  if (found === null || !sealer.seals) return;
  const { text, isCurrent } = await openRevisionKey(found, sealer);
  if (isCurrent) return;
  const { key, sealed } = found;
  const before = key === undefined ? { sealed } : { key };
  await collection.updateOne(
    { _id: REVISION_KEY_ID, ...before },
    { $set: await sealRevisionKey(text, sealer), $unset: { key: '' } },
  );
}

async function sealRevisionKey(text: string, sealer: KeySealer): Promise<RevisionKeyDocument> {
  return sealer.seals ? { sealed: await sealer.seal(text, REVISION_KEY_ID) } : { key: text };
}

async function openRevisionKey({ key, sealed }: RevisionKeyDocument, sealer: KeySealer) {
  if (sealed === undefined) return { text: key ?? '', isCurrent: false };
  const opened = await sealer.open(sealed, REVISION_KEY_ID);
  if (opened !== null) return opened;
  throw new Error(
    sealer.seals
      ? 'No secret of KEY_ENCRYPTION_SECRETS decrypts the revision key in the store'
      : 'The keys in the store are encrypted: set KEY_ENCRYPTION_SECRETS',
  );
}

/** Reads a document that is made once; of several makers the first to insert decides. */
export async function findOrInsert<T extends Record<string, unknown>>(
  collection: DocumentCollection,
  id: string,
  make: () => Promise<T>,
): Promise<T> {
  const found = await collection.findOne<T>({ _id: id });
  if (found !== null) return found;
  try {
    const made = await make();
    await collection.insertOne({ _id: id, ...made });
    return made;
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
  }
  const winner = await collection.findOne<T>({ _id: id });
  if (winner === null) throw new Error(`The document "${id}" vanished from the key collection`);
  return winner;
}

/** The keys in their roles, of which one signs. */
export function toSigningKeys(
  activeKid: string,
  keys: readonly { readonly pair: KeyPair; readonly verification: VerificationKey }[],
): Pick<SigningKeys, 'active' | 'verification' | 'published'> {
  const isActive = ({ pair }: { readonly pair: KeyPair }) => pair.kid === activeKid;
  const ordered = [...keys.filter(isActive), ...keys.filter((key) => !isActive(key))];
  const { kid, alg, privateKey, signatureBytes } = ordered[0]?.pair ?? {};
  if (!kid || !alg || !privateKey || !signatureBytes) {
    throw new Error('The active signing key has no private part');
  }
  return {
    active: { kid, alg, privateKey, signatureBytes },
    verification: new Map(ordered.map(({ pair, verification }) => [pair.kid, verification])),
    published: ordered.map(({ pair }) => pair.published),
  };
}
