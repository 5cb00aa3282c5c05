/** Writing to the document, on the revision that was seen. */
import { forceLinting, linter } from '@codemirror/lint';
import type { EditorView } from '@codemirror/view';
import type { WriteMode } from 'custom-user-data-client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Act } from '../shared/act.tsx';
import { CodeEditor } from '../shared/code-editor.tsx';
import { combine } from '../shared/combine.ts';
import { DiffView } from '../shared/diff-view.tsx';
import {
  type Document,
  type Looked,
  look,
  shortRevision,
  toText,
  write,
} from '../shared/document.ts';
import { type Failure, toFailure } from '../shared/failure.ts';
import { findValue, JSON_LANGUAGE } from '../shared/json-language.ts';
import { parsePointer, problemsOf } from '../shared/problems.ts';
import { Failed } from '../shared/states.tsx';
import type { Model } from './model.ts';
import { parseObject } from './operations.ts';

const MODES: readonly { readonly mode: WriteMode; readonly label: string }[] = [
  { mode: 'MERGE', label: 'Merge: set what is named' },
  { mode: 'REPLACE', label: 'Replace: become exactly this' },
  { mode: 'DEEP_MERGE', label: 'Deep merge: null removes' },
];

/** What a text was begun on. */
interface Base {
  readonly document: Document | null;
  readonly revision: string | null;
}

/** Somebody else has written since. */
interface Conflict {
  readonly theirs: Base;
}

interface WriteFormProps {
  readonly model: Model;
  readonly looked: Looked;
  readonly onWritten: () => void;
}

const baseOf = ({ stored, storedRevision }: Looked): Base => ({
  document: stored,
  revision: storedRevision,
});

/** Shows the form. What somebody types is never replaced by what is read meanwhile. */
export function WriteForm({ model, looked, onWritten }: WriteFormProps) {
  const [mode, setMode] = useState<WriteMode>('MERGE');
  const [draft, setDraft] = useState<string | null>(null);
  const [base, setBase] = useState<Base>(() => baseOf(looked));
  const { error, conflict, isBusy, send, clear } = useWrite(model, onWritten);
  const marked = useMarks(error);
  // Nobody types yet: it follows what is stored.
  const current = draft === null ? baseOf(looked) : base;
  const text = draft ?? (toText(current.document) || '{\n  \n}');
  const begin = (next: string) => {
    if (draft === null) setBase(current);
    setDraft(next);
  };
  const reset = () => {
    setDraft(null);
    clear();
  };
  const submit = async (on: Base) => {
    const isDone = await send(text, mode, on);
    if (isDone) reset();
  };
  return (
    <section aria-labelledby="write-heading">
      <h3 id="write-heading">Write</h3>
      <label for="mode">How</label>
      <select
        id="mode"
        value={mode}
        onChange={({ currentTarget: { value } }) => setMode(value as WriteMode)}
      >
        {MODES.map(({ mode: value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <div class="document">
        <CodeEditor label="What to write, as JSON" value={text} onChange={begin} {...marked} />
      </div>
      {error !== null && <WriteError error={error} />}
      {conflict !== null && (
        <ConflictView
          mine={preview(text, mode, current.document)}
          base={current}
          theirs={conflict.theirs}
          onMine={() => void submit(conflict.theirs)}
          onTheirs={reset}
        />
      )}
      <p class="acts">
        <Act type="button" class="primary" disabled={isBusy} onClick={() => void submit(current)}>
          Write on revision {shortRevision(current.revision)}
        </Act>
        {draft !== null && (
          <button type="button" onClick={reset}>
            Discard
          </button>
        )}
      </p>
    </section>
  );
}

/** Sending, and what came of it. */
function useWrite(model: Model, onWritten: () => void) {
  const [error, setError] = useState<Failure | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [isBusy, setBusy] = useState(false);
  const clear = () => {
    setError(null);
    setConflict(null);
  };

  async function fail(reason: unknown): Promise<void> {
    const failure = toFailure(reason);
    if (failure.code === 'REVISION_CONFLICT') {
      const looked = await look(model.page).catch(() => null);
      if (looked !== null) {
        setConflict({ theirs: baseOf(looked) });
        return;
      }
    }
    setError(failure);
  }

  /** Resolves with whether it is written. */
  async function send(text: string, mode: WriteMode, on: Base): Promise<boolean> {
    setBusy(true);
    clear();
    let isDone = true;
    try {
      await write(model.page, parseObject(text, 'The values'), mode, on.revision ?? '');
      model.said.set('Written');
      onWritten();
    } catch (reason) {
      isDone = false;
      await fail(reason);
    }
    setBusy(false);
    return isDone;
  }
  return { error, conflict, isBusy, send, clear };
}

/** What makes an editor of JSON mark what the error names, for as long as it is there. */
function useMarks(error: Failure | null) {
  const view = useRef<EditorView | null>(null);
  const extensions = useMemo(() => {
    const problems = error === null ? [] : problemsOf(error);
    const mark = linter(({ state }) =>
      problems.map(({ path, message }) => ({
        ...findValue(state, parsePointer(path)),
        message,
        severity: 'error' as const,
      })),
    );
    return [JSON_LANGUAGE, mark];
  }, [error]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is to be marked is another then
  useEffect(() => {
    if (view.current !== null) forceLinting(view.current);
  }, [extensions]);
  const onView = (made: EditorView | null) => {
    view.current = made;
  };
  return { extensions, onView };
}

function WriteError({ error }: { readonly error: Failure }) {
  const problems = problemsOf(error);
  return (
    <>
      <Failed what="Nothing was written" error={error} />
      {problems.length > 0 && (
        <ul class="problems" aria-label="Where">
          {problems.map(({ path, message }) => (
            <li key={path}>
              <code>{path || '/'}</code>: {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface ConflictProps {
  readonly mine: string;
  readonly base: Base;
  readonly theirs: Base;
  readonly onMine: () => void;
  readonly onTheirs: () => void;
}

/** What a text would have made of the document; the text itself if that cannot be said. */
function preview(text: string, mode: WriteMode, document: Document | null): string {
  try {
    return toText(combine(mode, document ?? {}, parseObject(text, 'The values')));
  } catch {
    return text;
  }
}

/** Yours, theirs, and what both began with. */
function ConflictView({ mine, base, theirs, onMine, onTheirs }: ConflictProps) {
  const before = toText(base.document);
  return (
    <div role="alert" class="conflict">
      <p class="state-title">Somebody else has written since. Nothing of yours was.</p>
      <h4>Theirs, revision {shortRevision(theirs.revision)}, and what it changed</h4>
      <DiffView
        label="Theirs, and how it differs from the base"
        before={before}
        after={toText(theirs.document)}
      />
      <h4>Yours, and what it would have changed</h4>
      <DiffView label="Yours, and how it differs from the base" before={before} after={mine} />
      <p class="hint">Both began with revision {shortRevision(base.revision)}.</p>
      <p class="acts">
        <Act type="button" onClick={onMine}>
          Write yours on theirs
        </Act>
        <button type="button" onClick={onTheirs}>
          Take theirs
        </button>
      </p>
    </div>
  );
}
