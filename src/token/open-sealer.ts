/** The secrets that the keys in the store are encrypted with. */
import { readFile } from 'node:fs/promises';
import { secrets } from '../config/values.ts';
import type { Config } from '../config.ts';
import { reasonOf } from '../json-file.ts';
import { createKeySealer, type KeySealer } from './key-sealer.ts';

/** Opens what the configuration says. @throws Error if its file is not usable; it quotes nothing of it. */
export async function openKeySealer({ keys }: Pick<Config, 'keys'>): Promise<KeySealer> {
  const { encryptionSecrets = [], encryptionSecretsFile: path } = keys;
  return createKeySealer(path === undefined ? encryptionSecrets : await readSecrets(path));
}

async function readSecrets(path: string): Promise<readonly string[]> {
  const what = `The file "${path}" that KEY_ENCRYPTION_SECRETS_FILE names`;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${what} cannot be read: ${reasonOf(cause)}`);
  });
  const lines = text.split('\n').map((line) => line.trim());
  const result = secrets.safeParse(lines.filter((line) => line !== ''));
  if (!result.success) throw new Error(`${what} ${result.error.issues[0]?.message}`);
  if (result.data === undefined) throw new Error(`${what} is empty`);
  return result.data;
}
