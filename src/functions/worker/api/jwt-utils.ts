/** `utils.jwt`: JSON Web Tokens, made and read at once as in App Services. */
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Algorithm, JwtPayload, SignOptions } from 'jsonwebtoken';

type Library = typeof import('jsonwebtoken');

/** By kind of key. One kind never verifies a token of another (RFC 8725 section 3.1). */
const ALGORITHMS = {
  secret: ['HS256', 'HS384', 'HS512'],
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'rsa-pss': ['PS256', 'PS384', 'PS512'],
  ec: ['ES256', 'ES384', 'ES512'],
} as const satisfies Record<string, readonly Algorithm[]>;

const require = createRequire(import.meta.url);
let library: Library | undefined;

/** Loaded when first needed: most functions never are. */
function jsonWebToken(): Library {
  library ??= require('jsonwebtoken') as Library;
  return library;
}

/** Creates `utils.jwt`. */
export function createJwtUtils(): object {
  return {
    encode(method: unknown, payload: unknown, secret: unknown, header?: object): string {
      const key = readKey(secret, createPrivateKey);
      const [alg] = chooseAlgorithms(key, [method]);
      // As text: of an object the library would change `iat`.
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      const options = { algorithm: alg, header: { typ: 'JWT', ...header, alg } } as SignOptions;
      return jsonWebToken().sign(text, key, options);
    },

    decode(token: unknown, secret: unknown, returnHeader = false, accepted?: unknown): object {
      const key = readKey(secret, createPublicKey);
      const algorithms = chooseAlgorithms(key, Array.isArray(accepted) ? accepted : undefined);
      const { header, payload } = jsonWebToken().verify(String(token), key, {
        algorithms,
        complete: true,
      });
      return (returnHeader ? { header, payload } : payload) as JwtPayload;
    },
  };
}

/** A key in PEM is asymmetric; any other text is a secret. */
function readKey(text: unknown, parse: (pem: string) => KeyObject): KeyObject {
  if (typeof text !== 'string' || text === '') throw new TypeError('The key must be a string');
  return text.includes('-----BEGIN ') ? parse(text) : createSecretKey(text, 'utf8');
}

/** What this key may be used with, of what is accepted; fails if that is nothing. */
function chooseAlgorithms(key: KeyObject, accepted?: readonly unknown[]): Algorithm[] {
  const kind = key.type === 'secret' ? 'secret' : (key.asymmetricKeyType ?? '');
  const possible: readonly Algorithm[] = Object.hasOwn(ALGORITHMS, kind)
    ? ALGORITHMS[kind as keyof typeof ALGORITHMS]
    : [];
  const chosen = possible.filter((name) => accepted?.includes(name) ?? true);
  if (chosen.length > 0) return chosen;
  throw new Error(`A key of this kind can be used with ${possible.join(', ') || 'no method'}`);
}
