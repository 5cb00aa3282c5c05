/** Opens the signing keys, wherever they are. */
import type { Config } from '../config.ts';
import { readJsonFile } from '../json-file.ts';
import type { Log } from '../log.ts';
import type { DocumentCollection } from '../store/port.ts';
import { fixedKeyRing, type KeyRing, openKeyRing } from './key-ring.ts';
import { encryptRevisionKey, importSigningKeys } from './keys.ts';
import { openKeySealer } from './open-sealer.ts';

/** What opening takes beside the configuration. `now` is epoch milliseconds. */
export interface OpenKeysParts {
  /** Where the store keeps keys. */
  readonly collection: DocumentCollection;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * The keys of the operator's file, or those of the store, which are followed once that is started.
 *
 * @throws Error if the file cannot be used, or a stored key is encrypted and no secret decrypts it.
 */
export async function openSigningKeys(
  { keys, token }: Pick<Config, 'keys' | 'token'>,
  { collection, log, now }: OpenKeysParts,
): Promise<KeyRing> {
  const { refreshTtlSeconds: tokenLifeSeconds, signingAlg: alg, signingKeysFile } = token;
  const sealer = await openKeySealer({ keys });
  await encryptRevisionKey(collection, sealer);
  const file = await readJsonFile('SIGNING_KEYS_FILE', signingKeysFile);
  if (file !== undefined) return fixedKeyRing(await importSigningKeys(file, alg));
  const { rotationSeconds } = keys;
  return openKeyRing({ collection, sealer, alg, tokenLifeSeconds, rotationSeconds, now, log });
}
