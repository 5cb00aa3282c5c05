/** Public test vectors that are not part of the repository: the folder named by `SPEC_VECTORS_DIR`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';

const directory = process.env.SPEC_VECTORS_DIR ?? '';

/** `describe`, reported as skipped where there are no vectors. */
export const describeWithVectors = directory === '' ? describe.skip : describe;

/** A valid case of the BSON corpus: one value in all its notations. */
export interface CorpusCase {
  readonly description: string;
  readonly canonical_bson: string;
  readonly canonical_extjson: string;
  readonly relaxed_extjson?: string;
  readonly degenerate_extjson?: string;
  readonly degenerate_bson?: string;
  readonly converted_bson?: string;
  readonly converted_extjson?: string;
  readonly lossy?: boolean;
}

/** One file of the BSON corpus: a BSON type. */
export interface CorpusFile {
  readonly file: string;
  readonly description: string;
  readonly bson_type: string;
  readonly test_key?: string;
  readonly valid: readonly CorpusCase[];
  readonly parseErrors: readonly { readonly description: string; readonly string: string }[];
}

/** The BSON corpus of the MongoDB specifications; empty where there are no vectors. */
export function readBsonCorpus(): CorpusFile[] {
  if (directory === '') return [];
  const folder = join(directory, 'bson-corpus');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      valid: [],
      parseErrors: [],
      ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as object),
      file,
    })) as unknown as CorpusFile[];
}
