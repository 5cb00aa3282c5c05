/** Project Wycheproof's vectors of JSON Web Signatures: the folder named by `WYCHEPROOF_DIR`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';

const directory = process.env.WYCHEPROOF_DIR ?? '';

/** `describe`, reported as skipped where there are no vectors. */
export const describeWithWycheproof = directory === '' ? describe.skip : describe;

/** A key as the vectors have it. */
export type WycheproofKey = Readonly<Record<string, unknown>> & { readonly alg?: string };

/** One token, and whether its signature is to be accepted. */
export interface WycheproofCase {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly result: 'valid' | 'invalid';
  /** What the token is verified with. */
  readonly keys: readonly WycheproofKey[];
}

interface Group {
  readonly public?: WycheproofKey & { readonly keys?: readonly WycheproofKey[] };
  readonly private: WycheproofKey & { readonly keys?: readonly WycheproofKey[] };
  readonly tests: readonly (Omit<WycheproofCase, 'keys'> & { readonly jws?: unknown })[];
}

/** The cases of a file that are about compact signatures; none where there are no vectors. */
export function readWycheproof(file: 'json_web_signature' | 'json_web_key'): WycheproofCase[] {
  if (directory === '') return [];
  const text = readFileSync(join(directory, `${file}_test.json`), 'utf8');
  const { testGroups } = JSON.parse(text) as { readonly testGroups: readonly Group[] };
  return testGroups.flatMap(({ public: published, private: secret, tests }) => {
    const key = published ?? secret;
    const keys = key.keys ?? [key];
    return tests.flatMap((test) =>
      typeof test.jws === 'string' ? [{ ...test, keys } as WycheproofCase] : [],
    );
  });
}
