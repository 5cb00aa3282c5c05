/** The caller's document: what the token shows, what is stored, and how it is changed. */
import { json } from '@codemirror/lang-json';
import { useCallback, useContext, useEffect, useState } from 'preact/hooks';
import { Act, ObstacleContext } from '../shared/act.tsx';
import { decodeClaims, instantOf } from '../shared/claims.ts';
import { CodeEditor } from '../shared/code-editor.tsx';
import { DiffView } from '../shared/diff-view.tsx';
import { type Looked, look, refresh, shortRevision, toText } from '../shared/document.ts';
import { type Failure, toFailure } from '../shared/failure.ts';
import { FieldList } from '../shared/field-list.tsx';
import { SideBySide } from '../shared/side-by-side.tsx';
import { Bar, Empty, Failed, Loading } from '../shared/states.tsx';
import { useStore } from '../shared/store.ts';
import { Instant, useIsOver } from '../shared/time.tsx';
import { DataHistory } from './data-history.tsx';
import type { Model } from './model.ts';
import { WriteForm } from './write-form.tsx';

const LANGUAGE = json();

type State =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: Failure }
  | { readonly kind: 'ready'; readonly looked: Looked | null };

/** Shows it. */
export function DataPanel({ model }: { readonly model: Model }) {
  const { token, user, isPasted } = useStore(model.who);
  if (user === null && !isPasted) {
    return (
      <Empty title="No document to show">
        <p>
          Log in under “Session”: each user has one document, and the token carries a snapshot of
          it.
        </p>
      </Empty>
    );
  }
  return isPasted ? (
    <PastedData model={model} token={token} />
  ) : (
    <Data model={model} token={token} />
  );
}

interface DataProps {
  readonly model: Model;
  /** `null`: none has been had yet. */
  readonly token: string | null;
}

/** A token from elsewhere is not refreshed: when it has expired, nothing can be done with it. */
function PastedData({ model, token }: DataProps) {
  const obstacle = useContext(ObstacleContext);
  const expiry = instantOf('exp', token === null ? null : decodeClaims(token)?.['exp']);
  const hasExpired = useIsOver(expiry, model.reach.ahead);
  return (
    <ObstacleContext.Provider value={hasExpired ? 'The token has expired' : obstacle}>
      {hasExpired && (
        <Bar kind="warning">
          The token has expired. Forget it under “Session”, and take another or log in.
        </Bar>
      )}
      <Data model={model} token={token} />
    </ObstacleContext.Provider>
  );
}

function Data({ model, token }: DataProps) {
  const [state, again] = useLooked(model, token);
  if (state.kind === 'loading') return <Loading what="Reading the document" />;
  if (state.kind === 'failed') {
    return <Failed what="The document cannot be read" error={state.error} onRetry={again} />;
  }
  const { looked } = state;
  const { fields, hasHistory } = model.settings;
  if (looked === null) return <Empty title="The gateway does not know this token" />;
  return (
    <>
      <Snapshot model={model} looked={looked} again={again} />
      <WriteForm model={model} looked={looked} onWritten={again} />
      {fields !== undefined && <FieldList fields={fields} />}
      {hasHistory && (
        <DataHistory key={looked.storedRevision} model={model} looked={looked} onRestored={again} />
      )}
    </>
  );
}

/** What is read is read again for another token, when an operation was answered, when the gateway answers again, and when somebody comes back to the page. */
function useLooked(model: Model, token: string | null): [State, () => void] {
  const answers = useStore(model.answers);
  const obstacle = useStore(model.reach.obstacle);
  const [state, setState] = useState<State>({ kind: 'loading' });
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these is a reason to read again
  useEffect(() => {
    if (obstacle !== null && state.kind === 'ready') return undefined;
    let isWanted = true;
    look(model.page).then(
      (looked) => isWanted && setState({ kind: 'ready', looked }),
      (error) => isWanted && setState({ kind: 'failed', error: toFailure(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [model, token, answers, obstacle, round]);
  useEffect(() => {
    addEventListener('focus', again);
    return () => removeEventListener('focus', again);
  }, [again]);
  return [state, again];
}

interface SnapshotProps {
  readonly model: Model;
  readonly looked: Looked;
  readonly again: () => void;
}

function Snapshot({ model, looked, again }: SnapshotProps) {
  const { shown, shownRevision, shownAt, stored, storedRevision, isTooLarge } = looked;
  const isStale = shownRevision !== storedRevision;
  const onRefresh = () => void refresh(model.page).then(again, again);
  return (
    <section aria-labelledby="snapshot-heading">
      <h3 id="snapshot-heading">{isStale ? 'Token and store' : 'The document'}</h3>
      {isStale && (
        <Bar kind="stale">
          <span>
            Token shows {shownRevision !== null && 'revision '}
            <code>{shortRevision(shownRevision)}</code> of <Instant at={shownAt} />; stored is{' '}
            <code>{shortRevision(storedRevision)}</code>
          </span>
          <Act type="button" onClick={onRefresh}>
            Refresh
          </Act>
        </Bar>
      )}
      {isTooLarge && (
        <Bar kind="warning">The document is too large for the token, which carries none of it.</Bar>
      )}
      {!isStale && (
        <p class="facts">
          <span>
            Revision <code>{shortRevision(storedRevision)}</code>
          </span>
          <span>
            read at <Instant at={shownAt} />
          </span>
        </p>
      )}
      <Documents before={toText(shown)} after={toText(stored)} isStale={isStale} />
      <Follow model={model} />
      <p class="acts">
        <Act type="button" onClick={again}>
          Look again
        </Act>
        {(shown !== null || stored !== null) && (
          <SideBySide
            title="Token and store"
            before={{ title: `Token: ${shortRevision(shownRevision)}`, text: toText(shown) }}
            after={{ title: `Store: ${shortRevision(storedRevision)}`, text: toText(stored) }}
          />
        )}
      </p>
    </section>
  );
}

/** A token from elsewhere has no session that could take others. */
function Follow({ model: { following, who } }: { readonly model: Model }) {
  const isOn = useStore(following);
  if (useStore(who).isPasted) return null;
  return (
    <p>
      <label class="inline">
        <input
          type="checkbox"
          checked={isOn}
          onChange={({ currentTarget }) => following.set(currentTarget.checked)}
        />
        Follow changes: whoever makes one, the token shows it at once
      </label>
    </p>
  );
}

interface DocumentsProps {
  readonly before: string;
  readonly after: string;
  readonly isStale: boolean;
}

function Documents({ before, after, isStale }: DocumentsProps) {
  if (before === '' && after === '') {
    return (
      <Empty title="There is no document yet">
        <p>What you write below is the first.</p>
      </Empty>
    );
  }
  if (isStale || before !== after) {
    return (
      <DiffView
        label="Stored document, and how it differs from the token"
        before={before}
        after={after}
      />
    );
  }
  return (
    <div class="document">
      <CodeEditor label="Document in token and store" value={after} extensions={LANGUAGE} />
    </div>
  );
}
