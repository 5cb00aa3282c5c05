/** The signing keys as commands see them: those of the store, or of a file that rules in their place. */
import type { Config } from '../config.ts';
import { readJsonFile } from '../json-file.ts';
import type { PublicJwk } from '../token/jwk.ts';
import { createKeyAdministration, type KeyAdministration } from '../token/key-administration.ts';
import { importSigningKeys, KEYS_COLLECTION } from '../token/keys.ts';
import { openKeySealer } from '../token/open-sealer.ts';
import type { OpenedStore } from './with-store.ts';

/** Opens what an operator does to the keys of the store. */
export async function openKeyAdministration(
  config: Pick<Config, 'keys' | 'token'>,
  { now, store }: Pick<OpenedStore, 'now' | 'store'>,
): Promise<KeyAdministration> {
  const { refreshTtlSeconds: tokenLifeSeconds, signingAlg: alg } = config.token;
  const collection = await store.collection(KEYS_COLLECTION);
  const sealer = await openKeySealer(config);
  return createKeyAdministration({ collection, sealer, alg, tokenLifeSeconds, now });
}

/** What is published of the keys of `SIGNING_KEYS_FILE`, the signing one first; `null`: there is no such file. */
export async function readFileKeys({
  token: { signingAlg, signingKeysFile },
}: Pick<Config, 'token'>): Promise<readonly PublicJwk[] | null> {
  if (signingKeysFile === undefined) return null;
  const file = await readJsonFile('SIGNING_KEYS_FILE', signingKeysFile);
  return (await importSigningKeys(file, signingAlg)).published;
}

/** The public members of every key that verifies, wherever they are. */
export async function readPublicKeys(
  config: Pick<Config, 'keys' | 'token'>,
  opened: Pick<OpenedStore, 'now' | 'store'>,
): Promise<readonly PublicJwk[]> {
  const fromFile = await readFileKeys(config);
  if (fromFile !== null) return fromFile;
  return (await (await openKeyAdministration(config, opened)).exportPublic()).keys;
}
