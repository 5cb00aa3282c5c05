/** Two texts of JSON, one of which became the other. */
import { json } from '@codemirror/lang-json';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorView } from '@codemirror/view';
import { useMemo } from 'preact/hooks';
import { CodeEditor } from './code-editor.tsx';
import { markParts } from './marks.ts';

/** Never by colour alone: what is gone is struck out, what is new underlined. */
const LOOKS = EditorView.theme({
  '.cm-deletedChunk': { backgroundColor: 'var(--error-bg)', textDecoration: 'line-through' },
  '.cm-deletedChunk .cm-deletedText, .cm-deletedText': { background: 'none' },
  '&.cm-merge-b .cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--warn-bg)' },
  '&.cm-merge-b .cm-changedText': { background: 'none', textDecoration: 'underline' },
  '.cm-changeGutter': { width: '3px' },
});

interface DiffViewProps {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** Shows the second, and where it differs from the first what that had instead. */
export function DiffView({ label, before, after }: DiffViewProps) {
  const extensions = useMemo(
    () =>
      before === ''
        ? [json(), markParts('new', [[0, after.length]])]
        : [json(), unifiedMergeView({ original: before, mergeControls: false }), LOOKS],
    [before, after],
  );
  // An editor keeps what it compares with when it is set up anew.
  return (
    <div class="document">
      <CodeEditor key={before} label={label} value={after} extensions={extensions} />
    </div>
  );
}
