/** The private members of keys, under the seal of the operator's secrets. */
import { type NewKey, privateMembersOf } from './jwk.ts';
import { canSign, type KeyRecord } from './key-record.ts';
import type { KeySealer } from './key-sealer.ts';

/** Seals keys and opens them. */
export type SealedKeys = ReturnType<typeof createSealedKeys>;

/** Creates what seals keys with this sealer. */
export function createSealedKeys(sealer: KeySealer) {
  /** The private members under seal, if there is a secret to seal with. */
  async function seal<Key extends NewKey>(key: Key): Promise<Key> {
    if (!sealer.seals || key.d === undefined) return key;
    const { d, p, q, dp, dq, qi, ...rest } = key;
    const members = JSON.stringify(privateMembersOf(key));
    return { ...rest, sealed: await sealer.seal(members, purposeOf(key.kid)) } as unknown as Key;
  }

  /** With plain private members, and whether they are sealed as they should be; `null`: no secret opens them. */
  async function open<Key extends NewKey>(
    key: Key,
  ): Promise<{ readonly key: Key; readonly isCurrent: boolean } | null> {
    const { sealed, ...rest } = key;
    if (sealed === undefined) return { key, isCurrent: !(sealer.seals && canSign(key)) };
    const opened = await sealer.open(sealed, purposeOf(key.kid));
    if (opened === null) return null;
    const plain = { ...rest, ...JSON.parse(opened.text) } as unknown as Key;
    return { key: plain, isCurrent: opened.isCurrent };
  }

  return {
    seal,
    open,

    /** Seals what is plain, or sealed with another secret than the first. Gives back the same array if nothing is. */
    async sealAll(records: readonly KeyRecord[]): Promise<readonly KeyRecord[]> {
      const sealed = await Promise.all(
        records.map(async (record) => {
          const opened = await open(record);
          return opened === null || opened.isCurrent ? record : seal(opened.key);
        }),
      );
      return sealed.every((record, index) => record === records[index]) ? records : sealed;
    },

    /** Fails if keys are encrypted and there is no secret, so that what is added would not be. */
    assertSecret(records: readonly KeyRecord[]): void {
      const isSealed = records.some((record) => record.sealed !== undefined);
      if (isSealed && !sealer.seals) throw lackOfSecret();
    },

    /** What is wrong where a key cannot be decrypted. */
    describeFailure: (kid: string): Error => lackOfSecret(sealer.seals ? kid : undefined),
  };
}

/** Keys are encrypted, and there is no secret, or none that decrypts this one. */
function lackOfSecret(kid?: string): Error {
  return new Error(
    kid === undefined
      ? 'The keys in the store are encrypted: set KEY_ENCRYPTION_SECRETS to the secrets they are encrypted with'
      : `No secret of KEY_ENCRYPTION_SECRETS decrypts the key "${kid}" in the store`,
  );
}

function purposeOf(kid: string): string {
  return `signing-key ${kid}`;
}
