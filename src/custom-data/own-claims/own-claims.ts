/** The operator's own claims: read from the file that `CLAIMS_FILE` names, taken as a whole or not at all. */
import type { Config } from '../../config.ts';
import { type FileProblem, readJsonFile, UnusableFileError } from '../../json-file.ts';
import type { MakeOwnClaims, OwnValue } from '../../token/claims.ts';
import { ABSENT, type Document } from '../../values/documents.ts';
import { valueAt } from '../../values/json.ts';
import { showValue } from '../convert-snapshot.ts';
import type { CustomDataSchema } from '../schema/custom-data-schema.ts';
import type { FieldNode } from '../schema/field-tree.ts';
import { memberOf, projectField } from '../schema/projection.ts';
import { REPEATABLE_CLAIMS } from './claim-names.ts';
import { type DocumentLeaf, parseTemplate } from './template.ts';
import { findUntrusted } from './trusted-paths.ts';

/** Own claims that are in force. */
export interface OwnClaims {
  /** The names of the claims that the file describes. */
  readonly names: readonly string[];
  /** What is taken from the document. */
  readonly leaves: readonly DocumentLeaf[];
  /** What a document has for the leaves; `undefined`: it has not. */
  readonly read: (document: Document) => readonly OwnValue[];
  readonly make: MakeOwnClaims;
}

/** A claims file that cannot be used; the message is for the operator and lists every problem. */
class ClaimsFileError extends UnusableFileError {
  override readonly name = 'ClaimsFileError';

  constructor(problems: readonly FileProblem[]) {
    super('CLAIMS_FILE', problems);
  }
}

/** What making own claims takes beside the file. */
export interface OwnClaimsParts {
  readonly schema: CustomDataSchema | null;
  /** Top-level field that holds the user id. */
  readonly userIdField: string;
  /** Of the whole `Authorization` header value. */
  readonly budgetBytes: number;
}

/** The own claims; `null` if none are configured. Fails with a `ClaimsFileError`, or if the file cannot be read. */
export async function loadOwnClaims(
  {
    customData: { userIdField },
    token: { budgetBytes, claimsFile },
  }: Pick<Config, 'customData' | 'token'>,
  schema: CustomDataSchema | null,
): Promise<OwnClaims | null> {
  const file = await readJsonFile('CLAIMS_FILE', claimsFile);
  return file === undefined ? null : createOwnClaims(file, { budgetBytes, schema, userIdField });
}

/** The own claims of a file. Fails with a `ClaimsFileError`. */
export function createOwnClaims(
  file: unknown,
  { budgetBytes, schema, userIdField }: OwnClaimsParts,
): OwnClaims {
  const parsed = parseTemplate(file);
  if (parsed.type === 'error') throw new ClaimsFileError(parsed.problems);
  const { leaves, make } = parsed.template;
  const root = schema?.root ?? null;
  const problems = [
    ...findUntrusted(leaves, { root, identity: ['_id', userIdField] }),
    ...findTooLarge(make, budgetBytes),
  ];
  if (problems.length > 0) throw new ClaimsFileError(problems);
  const readers = leaves.map((leaf) => createReader(leaf, root));
  return {
    names: Object.keys(file as object),
    leaves,
    read: (document) => readers.map((read) => read(document)),
    make,
  };
}

/** Bytes of base64url per byte encoded (RFC 4648 section 5). */
const BASE64_GROWTH = 4 / 3;
/** Part of the budget that own claims of a user without a document may take: the rest is the token's. */
const LARGEST_SHARE = 0.5;
/** As long as any claim that may be repeated usually is. */
const SAMPLE_CLAIMS = Object.fromEntries(REPEATABLE_CLAIMS.map((name) => [name, 'x'.repeat(24)]));

function findTooLarge(make: MakeOwnClaims, budgetBytes: number): FileProblem[] {
  const text = JSON.stringify(make([], SAMPLE_CLAIMS));
  const size = Math.ceil(Buffer.byteLength(text) * BASE64_GROWTH);
  const most = Math.floor(budgetBytes * LARGEST_SHARE);
  if (size <= most) return [];
  const message = `For a user without a document the claims take ${size} bytes of a token, more than half of TOKEN_BUDGET_BYTES (${most})`;
  return [{ path: '', message }];
}

/**
 * What a document has for a leaf, as JSON for programs that know no BSON. Of an object it has what tokens carry;
 * if the field itself is not to be in `user_data`, what users see.
 */
function createReader(
  { tokens }: DocumentLeaf,
  root: FieldNode | null,
): (document: Document) => OwnValue {
  const node = root === null ? undefined : nodeAt(root, tokens);
  const view = node?.inToken === false ? 'user' : 'token';
  return (document) => {
    const value = valueAt(document, tokens);
    if (value === undefined) return undefined;
    const shown = node === undefined ? value : projectField(value, node, view);
    return shown === ABSENT ? undefined : showValue(shown, 'PLAIN');
  };
}

function nodeAt(root: FieldNode, tokens: readonly string[]): FieldNode | undefined {
  let node: FieldNode | undefined = root;
  for (const token of tokens) node = memberOf(node, token);
  return node;
}
