/**
 * The signing keys of a store: one document, changed by compare-and-set, so that of two gateways or commands that
 * change it at once the second begins anew from what the first has made.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { SIGNING_ALGS, type SigningAlg } from '../config.ts';
import { serviceUnavailable } from '../errors.ts';
import type { DocumentCollection, UpdateOptions } from '../store/port.ts';
import { type NewKey, type PrivateJwk, publicMembersOf, toStoredJwk } from './jwk.ts';
import type { KeyRecord } from './key-record.ts';
import type { KeySealer } from './key-sealer.ts';
import { findOrInsert } from './keys.ts';
import { createSealedKeys } from './sealed-keys.ts';

/** The `_id` of the document. */
const SIGNING_KEYS_ID = 'signing-keys';

/** Life of tokens of a time when it was not noted: the default of then. */
const DEFAULT_LIFE_SECONDS = 60 * 86_400;

/** Far more than gateways and commands that change keys at once. */
const MAX_ATTEMPTS = 20;

/** All keys, and how often they have been changed. */
export interface StoredKeys {
  readonly records: readonly KeyRecord[];
  readonly changes: number;
}

/** What access to the keys takes. */
export interface KeyStoreParts {
  readonly collection: DocumentCollection;
  readonly sealer: KeySealer;
}

/** Creates the access to the keys. */
export function createKeyStore({ collection, sealer }: KeyStoreParts) {
  const sealed = createSealedKeys(sealer);

  /** All keys; `null`: there are none yet. Fails if they are damaged. */
  async function read(from: DocumentCollection = collection): Promise<StoredKeys | null> {
    return parseStored(await from.findOne({ _id: SIGNING_KEYS_ID }));
  }

  /** Stores other records in place of these; `null`: somebody else was faster. */
  async function replace(
    before: StoredKeys,
    records: readonly KeyRecord[],
    options: UpdateOptions,
  ): Promise<StoredKeys | null> {
    const changes = before.changes + 1;
    // A document of before has no such count.
    const unchanged = before.changes === 0 ? { $in: [0, null] } : before.changes;
    const { matchedCount } = await collection.updateOne(
      { _id: SIGNING_KEYS_ID, changes: unchanged },
      { $set: { keys: records, changes } },
      options,
    );
    return matchedCount === 1 ? { records, changes } : null;
  }

  return {
    read,
    ...sealed,

    /** The keys, which are made if there are none; of several makers the first to insert decides. */
    async readOrMake(make: () => Promise<readonly KeyRecord[]>): Promise<StoredKeys> {
      const made = await findOrInsert(collection, SIGNING_KEYS_ID, async () => ({
        keys: await make(),
        changes: 0,
      }));
      return parseStored(made) as StoredKeys;
    },

    /**
     * Makes new records of those there are and stores them, from the beginning if somebody else was faster. Records
     * that are given back as they came are not stored.
     *
     * @throws Error if there are none, or if they are encrypted and there is no secret.
     */
    async change(
      edit: (records: readonly KeyRecord[]) => Promise<readonly KeyRecord[]>,
      options: UpdateOptions = {},
    ): Promise<StoredKeys> {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const before = await read();
        if (before === null) throw new Error('The store has no signing keys');
        sealed.assertSecret(before.records);
        const records = await edit(before.records);
        if (records === before.records) return before;
        const stored = await replace(before, records, options);
        if (stored !== null) return stored;
      }
      throw serviceUnavailable(new Error('The signing keys are changed all the time'));
    },

    /** Makes a key, its private members under seal if there is a secret. */
    makeKey: async (alg: SigningAlg): Promise<NewKey> => sealed.seal(await makeKey(alg)),
  };
}

async function makeKey(alg: SigningAlg): Promise<NewKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = (await exportJWK(privateKey)) as PrivateJwk;
  const kid = await calculateJwkThumbprint(publicMembersOf(jwk));
  // On a command line it would be taken for an option.
  return kid.startsWith('-') ? makeKey(alg) : toStoredJwk(jwk, kid, alg);
}

const time = z.date();
const record = z.looseObject({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  kid: z.string().min(1),
  alg: z.enum(SIGNING_ALGS),
  sealed: z.string().optional(),
  createdAt: time,
  maySignFrom: time.optional(),
  signsFrom: time.optional(),
  stopsAt: time.optional(),
  withdrawnAt: time.optional(),
  tokenLifeSeconds: z.number().positive().optional(),
});
const stored = z.looseObject({ keys: z.array(record).min(1), changes: z.number().optional() });

function parseStored(document: unknown): StoredKeys | null {
  if (document === null) return null;
  const result = stored.safeParse(document);
  // What is wrong may be a key, so it is not said.
  if (!result.success) throw new Error('The stored signing keys are damaged');
  const { keys, changes = 0 } = result.data;
  return {
    records: keys.map((key) => complete(key as Partial<KeyRecord> as StoredRecord)),
    changes,
  };
}

type StoredRecord = Omit<KeyRecord, 'maySignFrom' | 'tokenLifeSeconds'> & Partial<KeyRecord>;

/** A key of before there were states signs, and always has. */
function complete(record: StoredRecord): KeyRecord {
  if (record.maySignFrom !== undefined) {
    return { tokenLifeSeconds: DEFAULT_LIFE_SECONDS, ...record } as KeyRecord;
  }
  const { createdAt } = record;
  return {
    ...record,
    maySignFrom: createdAt,
    signsFrom: createdAt,
    tokenLifeSeconds: DEFAULT_LIFE_SECONDS,
  } as KeyRecord;
}
