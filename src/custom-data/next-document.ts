/** What a change makes of a document. */
import type { Document } from '../values/documents.ts';
import type { WriteChange } from './custom-data.ts';
import { parseOperations } from './operations.ts';
import { applyOperations } from './operators.ts';
import { restorableDocument } from './restore.ts';
import { projectDocument } from './schema/projection.ts';
import { keepProtected, type NamedFields } from './schema/protection.ts';
import { findNamed } from './schema/write-access.ts';
import { applyWriteMode } from './write-mode.ts';
import { parseWritableDocument, protectedFields, type WritePolicy } from './write-policy.ts';

/** A document as a write would leave it behind. */
export interface NextDocument {
  readonly document: Document;
  /** The part of it that is the writer's business: what users see, and the `writeOnly` fields they name. */
  readonly visible: Document;
  /** The `writeOnly` fields that a user's write names: paths in `visible`, unless they are removed. */
  readonly named: NamedFields;
}

/** A change as a function of the document there is, and of what it is built on if there is none. */
export type Change = (current: Document | null, base: Document) => NextDocument;

/** What a change comes to before protected fields are put back. */
interface Changed {
  readonly changed: Document;
  readonly named: NamedFields;
}

/** A change of the fields that users see. */
type ChangeVisible = (current: Document | null, visible: Document) => Changed;

const NONE: NamedFields = new Set();

/**
 * The change that a user or an operator wants. Fails at once, or when it meets the document, with
 * `BAD_USER_INPUT` or `FIELD_NOT_WRITABLE`.
 */
export function createChange(
  change: Exclude<WriteChange, { readonly restore: string }>,
  policy: WritePolicy,
): Change {
  const { fields } = policy;
  if ('operations' in change) {
    const { operations, named } = parseOperations(change.operations, policy);
    return onVisible(policy, (_current, visible) => ({
      ...{ changed: applyOperations(visible, operations), named },
    }));
  }
  const kept = protectedFields(policy);
  return onVisible(policy, (current, visible) => {
    const { newCustomUserData, mode } = change;
    const input = parseWritableDocument(newCustomUserData, current, policy, mode);
    const named = new Set<string>();
    if (fields !== undefined) findNamed(input, fields, '', named);
    return { changed: applyWriteMode(mode, visible, input, kept), named };
  });
}

/** The change that makes a document what it was at an earlier revision. */
export function createRestoration(earlier: Document, policy: WritePolicy): Change {
  const kept = protectedFields(policy);
  return onVisible(policy, (current, visible) => {
    const input = restorableDocument(earlier, current, policy);
    return { changed: applyWriteMode('REPLACE', visible, input, kept), named: NONE };
  });
}

/**
 * A change is applied to what its user sees of the document, and what the user does not see is put back
 * afterwards. So neither what it makes of the visible fields nor how it fails can depend on the others.
 */
function onVisible({ fields }: WritePolicy, change: ChangeVisible): Change {
  return (current, base) => {
    if (fields === undefined) {
      const { changed } = change(current, base);
      return { document: changed, visible: changed, named: NONE };
    }
    const before = projectDocument(base, fields, 'user');
    const { changed, named } = change(current, before);
    const visible = keepProtected(before, changed, fields, named);
    return { document: keepProtected(base, visible, fields, named), visible, named };
  };
}
