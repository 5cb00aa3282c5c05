/** The former revisions of the document. */
import { useEffect, useState } from 'preact/hooks';
import { Act } from '../shared/act.tsx';
import { DiffView } from '../shared/diff-view.tsx';
import {
  type Looked,
  type Revision,
  type Revisions,
  readHistory,
  restore,
  shortRevision,
  toText,
} from '../shared/document.ts';
import { type Failure, toFailure } from '../shared/failure.ts';
import { Failed, Loading } from '../shared/states.tsx';
import { Instant } from '../shared/time.tsx';
import type { Model } from './model.ts';

interface HistoryProps {
  readonly model: Model;
  readonly looked: Looked;
  readonly onRestored: () => void;
}

const WRITERS: Readonly<Record<string, string>> = {
  USER: 'the user',
  OPERATOR: 'the operator',
  FUNCTION: 'a function',
  OUTSIDE: 'somebody with access to the database',
};

/** Shows them, the latest first. */
export function DataHistory({ model, looked, onRestored }: HistoryProps) {
  const { page } = model;
  const [list, setList] = useState<Revisions | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const fail = (reason: unknown) => setError(toFailure(reason));
  useEffect(() => {
    readHistory(page, null).then(setList, (reason) => setError(toFailure(reason)));
  }, [page]);
  const readOn = async (from: Revisions) => {
    const more = await readHistory(page, from.next);
    setList({ ...more, revisions: [...from.revisions, ...more.revisions] });
  };
  const onRestore = (revision: string) =>
    void restore(page, revision, looked.storedRevision ?? '').then(onRestored, fail);
  return (
    <section aria-labelledby="history-heading">
      <h3 id="history-heading">History</h3>
      {error !== null && <Failed what="That did not work" error={error} />}
      {list === null && error === null && <Loading what="Reading the history" />}
      {list !== null && (
        <ol class="revisions">
          {list.revisions.map((revision, index) => (
            <RevisionItem
              key={`${revision.at} ${revision.revision}`}
              revision={revision}
              before={list.revisions[index + 1]}
              isStored={index === 0}
              onRestore={onRestore}
            />
          ))}
        </ol>
      )}
      {list !== null && list.next !== null && (
        <Act type="button" onClick={() => void readOn(list).catch(fail)}>
          Earlier
        </Act>
      )}
    </section>
  );
}

interface ItemProps {
  readonly revision: Revision;
  readonly before: Revision | undefined;
  readonly isStored: boolean;
  readonly onRestore: (revision: string) => void;
}

function RevisionItem({ revision: item, before, isStored, onRestore }: ItemProps) {
  const [isOpen, setOpen] = useState(false);
  const { revision, at, writer, deleted, customData } = item;
  return (
    <li>
      <details onToggle={({ currentTarget: { open } }) => setOpen(open)}>
        <summary>
          <code>{shortRevision(revision)}</code> <Instant at={at} />, by {WRITERS[writer] ?? writer}
          {deleted && ', deleted'}
        </summary>
        {isOpen && (
          <DiffView
            label={`Revision ${shortRevision(revision)}, and how it differs from the one before`}
            before={toText(before?.customData ?? null)}
            after={toText(customData)}
          />
        )}
        {revision !== null && !isStored && (
          <Act type="button" onClick={() => onRestore(revision)}>
            Restore {shortRevision(revision)}
          </Act>
        )}
      </details>
    </li>
  );
}
