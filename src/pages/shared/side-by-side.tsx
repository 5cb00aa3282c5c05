/** Two texts of JSON beside each other, in a window of their own, differences marked. */
import { json } from '@codemirror/lang-json';
import { presentableDiff } from '@codemirror/merge';
import type { Extension } from '@codemirror/state';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CodeEditor } from './code-editor.tsx';
import './side-by-side.css';
import { markParts, type Part } from './marks.ts';

/** A text, and what it is. */
export interface Side {
  readonly title: string;
  readonly text: string;
}

interface SideBySideProps {
  readonly title: string;
  readonly before: Side;
  readonly after: Side;
}

/** Milliseconds that finding the differences may take; then they are found roughly. */
const PATIENCE = 200;

/** Shows the button that opens it. */
export function SideBySide(props: SideBySideProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Side by side
      </button>
      {isOpen && <Sides {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function Sides({
  title,
  before,
  after,
  onClose,
}: SideBySideProps & { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const [gone, added] = useMemo(() => mark(before.text, after.text), [before.text, after.text]);
  return (
    <dialog ref={dialog} aria-labelledby="sides-heading" onClose={onClose}>
      <header>
        <h3 id="sides-heading">{title}</h3>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <div class="sides">
        <SideView side={before} extensions={gone} />
        <SideView side={after} extensions={added} />
      </div>
    </dialog>
  );
}

function SideView({
  side: { title, text },
  extensions,
}: {
  readonly side: Side;
  readonly extensions: Extension;
}) {
  return (
    <section>
      <h4>{title}</h4>
      {text === '' ? (
        <p class="hint">There is no document.</p>
      ) : (
        <div class="document">
          <CodeEditor label={title} value={text} extensions={extensions} />
        </div>
      )}
    </section>
  );
}

/** What marks in the first text what is gone, and in the second what is new. */
function mark(before: string, after: string): [Extension, Extension] {
  const changes = presentableDiff(before, after, { timeout: PATIENCE });
  const gone = changes.map(({ fromA, toA }): Part => [fromA, toA]);
  const added = changes.map(({ fromB, toB }): Part => [fromB, toB]);
  return [
    [json(), markParts('gone', gone)],
    [json(), markParts('new', added)],
  ];
}
