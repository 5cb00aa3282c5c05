/** Imports the keys of a store, each once: a key is the same object for as long as it is there. */
import type { Log } from '../log.ts';
import { importSigningKey, type KeyPair } from './jwk.ts';
import { canSign, type KeyRecord } from './key-record.ts';
import type { VerificationKey } from './keys.ts';
import type { SealedKeys } from './sealed-keys.ts';

/** A key that can be used. */
export interface ImportedKey {
  readonly pair: KeyPair;
  /** The same object even if the private part is decrypted later. */
  readonly verification: VerificationKey;
  /** The private members as they were stored. */
  readonly sealed: string | undefined;
}

/** The imported keys. */
export type KeyImporter = ReturnType<typeof createKeyImporter>;

/** Creates the importer. */
export function createKeyImporter(
  keys: Pick<SealedKeys, 'open' | 'describeFailure'>,
  log: Pick<Log, 'error'>,
) {
  const imported = new Map<string, ImportedKey>();

  async function importRecord(record: KeyRecord, mustOpen: boolean): Promise<void> {
    const { kid, sealed } = record;
    const known = imported.get(kid);
    const isComplete = known?.pair.privateKey !== undefined || !canSign(record);
    if (known !== undefined && (isComplete || known.sealed === sealed)) return;
    const opened = await keys.open(record);
    if (opened === null) {
      if (mustOpen) throw keys.describeFailure(kid);
      log.error({ kid }, 'a signing key cannot be decrypted: it verifies, and does not sign here');
    }
    const pair = await importSigningKey(opened?.key ?? record, kid, record.alg);
    const { alg, publicKey } = pair;
    imported.set(kid, { pair, verification: known?.verification ?? { alg, publicKey }, sealed });
  }

  return {
    /** By `kid`. */
    find: (kid: string): ImportedKey | undefined => imported.get(kid),

    /**
     * Imports what is new, and forgets what is gone.
     *
     * @param mustOpen whether a key that cannot be decrypted or used is a failure; otherwise it is left out.
     */
    async add(
      records: readonly KeyRecord[],
      { mustOpen = false }: { readonly mustOpen?: boolean } = {},
    ): Promise<void> {
      for (const record of records) {
        try {
          await importRecord(record, mustOpen);
        } catch (error) {
          if (mustOpen) throw error;
          log.error({ kid: record.kid }, 'a signing key in the store is damaged');
        }
      }
      const kids = new Set(records.map(({ kid }) => kid));
      for (const kid of imported.keys()) if (!kids.has(kid)) imported.delete(kid);
    },
  };
}
