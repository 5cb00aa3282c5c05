/** The gateway's signing keys: from the operator's JWKS, or made once and kept in the store. */
import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { SigningAlg } from '../config.ts';
import {
  type CollectionDefinition,
  type DocumentCollection,
  DuplicateKeyError,
} from '../store/port.ts';
import {
  importSigningKey,
  type KeyPair,
  type PrivateJwk,
  type PublicJwk,
  publicMembersOf,
} from './jwk.ts';
import { parseKeySet } from './key-set.ts';

/** The collection that holds the signing keys, the revision key, and whom tokens were issued by and for. */
export const KEYS_COLLECTION: CollectionDefinition = { name: 'keys' };

/** The key that new tokens are signed with. */
export interface ActiveKey extends Pick<KeyPair, 'kid' | 'alg' | 'signatureBytes'> {
  readonly privateKey: KeyObject;
}

/** A key that tokens may be verified with. */
export type VerificationKey = Pick<KeyPair, 'alg' | 'publicKey'>;

/** Every key the gateway knows, imported once. */
export interface SigningKeys {
  readonly active: ActiveKey;
  /** By `kid`. */
  readonly verification: ReadonlyMap<string, VerificationKey>;
  /** Public members only, the active key first. */
  readonly published: readonly PublicJwk[];
}

/**
 * Loads the keys: from `file` if there is one, else from the store, where they are made on first
 * use. Gateways that start at once on an empty store agree on one key.
 *
 * @param source.file the parsed JWKS (RFC 7517) of the operator.
 * @param source.now epoch milliseconds.
 * @throws Error that lists every problem of `file`, by key index, never a key.
 */
export async function loadSigningKeys(source: {
  readonly collection: DocumentCollection;
  readonly alg: SigningAlg;
  readonly file?: unknown;
  readonly now: () => number;
}): Promise<SigningKeys> {
  if (source.file !== undefined) return importSigningKeys(source.file, source.alg);
  const stored = await loadStoredKeys(source);
  const pairs = await Promise.all(stored.map((jwk) => importSigningKey(jwk, jwk.kid, jwk.alg)));
  const active = pairs.findLast((pair) => pair.alg === source.alg);
  if (active === undefined) throw new Error(`The store has no signing key for "${source.alg}"`);
  return toSigningKeys(active, pairs);
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
  return toSigningKeys(active, pairs);
}

/**
 * Loads the key that revisions are computed with: 32 random bytes, made once, kept in the store and
 * never replaced, so that a revision stays comparable for as long as the store lives.
 */
export async function loadRevisionKey(collection: DocumentCollection): Promise<Uint8Array> {
  const made = crypto.getRandomValues(new Uint8Array(REVISION_KEY_BYTES));
  const make = async () => ({ key: Buffer.from(made).toString('base64url') });
  const { key } = await findOrInsert(collection, REVISION_KEY_ID, make);
  const bytes = new Uint8Array(Buffer.from(key, 'base64url'));
  if (bytes.length !== REVISION_KEY_BYTES) throw new Error('The stored revision key is damaged');
  return bytes;
}

const SIGNING_KEYS_ID = 'signing-keys';
const REVISION_KEY_ID = 'revision-key';
const REVISION_KEY_BYTES = 32;

type StoredJwk = PrivateJwk & {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly use: 'sig';
  readonly createdAt: Date;
};

type SigningKeysDocument = { readonly keys: readonly StoredJwk[] };

async function loadStoredKeys(
  source: Parameters<typeof loadSigningKeys>[0],
): Promise<readonly StoredJwk[]> {
  const make = () => makeStoredKey(source.alg, source.now());
  const { keys } = await findOrInsert<SigningKeysDocument>(
    source.collection,
    SIGNING_KEYS_ID,
    async () => ({ keys: [await make()] }),
  );
  if (keys.some((key) => key.alg === source.alg)) return keys;
  // The filter makes the append conditional, so gateways that switch algorithm at once add one key.
  await source.collection.updateOne(
    { _id: SIGNING_KEYS_ID, 'keys.alg': { $ne: source.alg } },
    { $push: { keys: await make() } },
  );
  const updated = await source.collection.findOne<SigningKeysDocument>({ _id: SIGNING_KEYS_ID });
  return updated?.keys ?? [];
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

async function makeStoredKey(alg: SigningAlg, now: number): Promise<StoredJwk> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = (await exportJWK(privateKey)) as PrivateJwk;
  const kid = await calculateJwkThumbprint(publicMembersOf(jwk));
  return { ...jwk, kid, alg, use: 'sig', createdAt: new Date(now) };
}

function toSigningKeys(active: KeyPair, pairs: readonly KeyPair[]): SigningKeys {
  const { kid, alg, privateKey, signatureBytes } = active;
  if (privateKey === undefined) throw new Error('The active signing key has no private part');
  const ordered = [active, ...pairs.filter((pair) => pair !== active)];
  return {
    active: { kid, alg, privateKey, signatureBytes },
    verification: new Map(
      ordered.map((pair) => [pair.kid, { alg: pair.alg, publicKey: pair.publicKey }]),
    ),
    published: ordered.map((pair) => pair.published),
  };
}
