/** How what is gone and what is new are marked in a text: never by colour alone. */
import type { Extension } from '@codemirror/state';
import { Decoration, EditorView } from '@codemirror/view';

/** Where a part of a text begins and ends. */
export type Part = readonly [from: number, to: number];

const LOOKS = EditorView.theme({
  '.cm-gone': { backgroundColor: 'var(--error-bg)', textDecoration: 'line-through' },
  '.cm-new': { backgroundColor: 'var(--warn-bg)', textDecoration: 'underline' },
});

/** Marks parts of a text, which are in order. */
export function markParts(kind: 'gone' | 'new', parts: readonly Part[]): Extension {
  const look = Decoration.mark({ class: `cm-${kind}` });
  const marks = parts.filter(([from, to]) => from < to).map(([from, to]) => look.range(from, to));
  return [LOOKS, EditorView.decorations.of(Decoration.set(marks))];
}
