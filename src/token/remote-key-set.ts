/** Fetches the keys of an issuer once, to see whether they could be used. */
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { fetchKeysUrl } from './openid.ts';

/** No key set is larger. */
const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 4000;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** How many keys the address has. Fails if it does not answer in time, or with something else. */
export async function countRemoteKeys(url: string): Promise<number> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(noAnswer);
  if (response.status !== 200) throw new Error(`The issuer answered ${response.status}`);
  const parsed = keySet.safeParse(parse(await readBounded(response)));
  if (!parsed.success) throw new Error('The issuer answered with something that is no key set');
  createLocalJWKSet(parsed.data as JSONWebKeySet);
  return parsed.data.keys.length;
}

/** How many keys the OpenID Connect issuer has, where its discovery document says. Fails likewise. */
export async function countDiscoveredKeys(issuer: string): Promise<number> {
  return countRemoteKeys(
    await fetchKeysUrl(issuer, (url, init) => fetch(url, init).catch(noAnswer)),
  );
}

/** Of a failed connection `fetch` tells the reason in its cause only. */
function noAnswer(error: unknown): never {
  const { cause, name } = error as { readonly cause?: { readonly code?: string }; name?: string };
  const why = name === 'TimeoutError' ? 'in time' : `(${cause?.code ?? 'no connection'})`;
  throw new Error(`The issuer does not answer ${why}`, { cause: error });
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error('The issuer answered with more than a key set may have');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
