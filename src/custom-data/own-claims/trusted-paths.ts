/** Which fields own claims may be made of: those that users cannot write, and may see. */
import type { FileProblem } from '../../json-file.ts';
import { type FieldNode, maySee, mayWrite } from '../schema/field-tree.ts';
import { memberOf } from '../schema/projection.ts';
import type { DocumentLeaf } from './template.ts';

/** What is known of the fields. */
export interface KnownFields {
  /** What the schema says of the document; `null`: there is none. */
  readonly root: FieldNode | null;
  /** The top-level fields that say whose document it is, which no user may write. */
  readonly identity: readonly string[];
}

/** The leaves whose field is not one that a claim may be made of. */
export function findUntrusted(leaves: readonly DocumentLeaf[], fields: KnownFields): FileProblem[] {
  return leaves.flatMap((leaf) => {
    const why = findReason(leaf, fields);
    return why === null ? [] : [{ path: leaf.at, message: `"${leaf.path}" ${why}` }];
  });
}

const REMEDY = 'or say "isUserWritable": true here if nothing is decided by it';

function findReason(
  { isUserWritable, tokens }: DocumentLeaf,
  { identity, root }: KnownFields,
): string | null {
  const found = root === null ? null : lookAlong(root, tokens);
  if (found?.isHidden === true) {
    return 'is hidden from users by "writeOnly" in the schema, and whoever has a token can read it';
  }
  const isIdentity = tokens[0] !== undefined && identity.includes(tokens[0]);
  if (isUserWritable || isIdentity || found?.isWritable === false) return null;
  if (root === null) {
    return `is a field that users may write, as all are without CUSTOM_DATA_SCHEMA_FILE: set that, with "readOnly": true for the field, ${REMEDY}`;
  }
  if (tokens.length === 0) return `is the whole document, which users may write: ${REMEDY}`;
  return found?.isNamed === true
    ? `is a field that users may write: give it "readOnly": true in the schema, ${REMEDY}`
    : `is not in the schema, so users may write it: name it there, with "readOnly": true, ${REMEDY}`;
}

/** What the schema says of a path. Below a field that it does not name, everything is as that is. */
function lookAlong(root: FieldNode, tokens: readonly string[]) {
  let node = root;
  for (const token of tokens) {
    const next = memberOf(node, token);
    // Whatever is below a field that users do not write is not theirs either, named or not.
    if (next === undefined) return { ...judge(node), isNamed: false };
    node = next;
  }
  return { ...judge(node), isNamed: true };
}

function judge({ access }: FieldNode) {
  return { isHidden: !maySee(access), isWritable: mayWrite(access) };
}
