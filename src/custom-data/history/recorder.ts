/**
 * Writes the history as documents change.
 *
 * The newest entry says which revision the document had when it was last looked at. Whoever reads or
 * writes the document compares; if it has another one, a change went unrecorded, and is recorded then.
 * So nothing is lost when a process dies between the document and its history, and changes from
 * outside are noticed. With a write, an intent on the newest entry says what the document is about to
 * become, so that whoever finds the change knows whose it is.
 *
 * Nothing here fails for the caller: a history that cannot be written is logged and caught up with later.
 */
import type { Log } from '../../log.ts';
import { encodeDocument } from '../../store/document-bytes.ts';
import type { StoredDocument } from '../../store/port.ts';
import type { Document } from '../../values/documents.ts';
import { revisionOf } from '../revision.ts';
import type { HistoryEntries } from './entries.ts';
import {
  contentOf,
  createEntry,
  createFirstEntry,
  type HistoryEntry,
  type Intent,
  type Writer,
} from './entry.ts';

/** Reads a user's document from the store. */
export type ReadDocument = () => Promise<StoredDocument | null>;

/** A document as it was read, and what a writer who changes it tells the history. */
export interface Observation {
  readonly stored: StoredDocument | null;
  /**
   * To be called before the document becomes `next`; `null`: before it is deleted. The change need not wait
   * for it: what is sent to the store later takes effect later, as a rule.
   */
  announce(next: Document | null, writer: Writer): Promise<void>;
  /** To be called after it did, with what is stored now. */
  record(after: StoredDocument | null): Promise<void>;
}

/** Watches reads and writes of documents. */
export interface Recorder {
  /** Reads the document; a change that nobody recorded yet is recorded first. Fails as `read` does. */
  observe(userId: string, read: ReadDocument): Promise<Observation>;
  /** Records a change that nobody recorded yet as one of `writer`, unless an intent says otherwise. */
  note(userId: string, read: ReadDocument, writer: Writer): Promise<void>;
}

const nothing = async () => undefined;

/** Keeps no history. */
export const NO_RECORDER: Recorder = {
  observe: async (_userId, read) => ({
    stored: await read(),
    announce: nothing,
    record: nothing,
  }),
  note: nothing,
};

/** What a recorder is made of. `now` is epoch milliseconds. */
export interface RecorderParts {
  readonly entries: HistoryEntries;
  readonly revisionKey: Uint8Array;
  readonly now: () => number;
  readonly log: Log;
}

/** Each further attempt means that another gateway has added an entry meanwhile. */
const MAX_ATTEMPTS = 100;

/** The document and the newest entry, which is about it; `null`: nothing ever was recorded. */
interface Position {
  readonly stored: StoredDocument | null;
  readonly newest: HistoryEntry | null;
}

/** Creates a recorder of every document that is read or written. */
export function createRecorder(parts: RecorderParts): Recorder {
  const { entries } = parts;
  return {
    async observe(userId, read) {
      const [newest, stored] = await Promise.all([
        attempt(parts, () => entries.newest(userId)),
        read(),
      ]);
      if (newest === undefined) return NO_RECORDER.observe(userId, async () => stored);
      const isKnown = revisionIn(newest) === revisionOfStored(parts, stored);
      const position = isKnown
        ? { stored, newest }
        : await attempt(parts, () => catchUp(parts, userId, read));
      return position === undefined
        ? NO_RECORDER.observe(userId, read)
        : createObservation(parts, userId, read, position);
    },

    async note(userId, read, writer) {
      await attempt(parts, () => catchUp(parts, userId, read, { writer }));
    },
  };
}

function createObservation(
  parts: RecorderParts,
  userId: string,
  read: ReadDocument,
  { stored, newest }: Position,
): Observation {
  const { entries, revisionKey, now } = parts;
  let intent: Intent | undefined;
  const first = () => createFirstEntry(userId, new Date(now()));

  async function announce(next: Document | null, writer: Writer): Promise<void> {
    const content = contentOf(next === null ? null : encodeDocument(next), revisionKey);
    intent = { content, writer, at: new Date(now()) };
    if (newest !== null) await entries.announce(newest, intent);
    else {
      const beginning = { ...first(), intents: [intent] };
      if (!(await entries.add(beginning))) await entries.announce(beginning, intent);
    }
  }

  async function record(after: StoredDocument | null, known: Intent): Promise<void> {
    const revision = revisionOfStored(parts, after);
    if (revision === revisionIn(newest)) return;
    const entry = createEntry(newest ?? first(), { ...known, stored: after, revision });
    if (await append(entries, entry)) return;
    // Someone found the change and recorded it, maybe without the intent, or something else happened.
    await entries.attribute(entry);
    await catchUp(parts, userId, read, { intent: known });
  }

  return {
    stored,
    announce: async (next, writer) => {
      await attempt(parts, () => announce(next, writer));
    },
    record: async (after) => {
      const known = intent;
      if (known !== undefined) await attempt(parts, () => record(after, known));
    },
  };
}

/** Who changed the document if no intent on the newest entry says so. */
interface Attribution {
  readonly intent?: Intent;
  readonly writer?: Writer;
}

/**
 * Records the document as it is unless the newest entry is about it.
 *
 * The entry is read first: if it still is the newest when the next one is added, nobody has recorded
 * anything since, and the document that was read in between is what comes next.
 */
async function catchUp(
  parts: RecorderParts,
  userId: string,
  read: ReadDocument,
  { intent, writer = 'OUTSIDE' }: Attribution = {},
): Promise<Position> {
  const { entries, now, revisionKey } = parts;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
    const newest = await entries.newest(userId);
    const stored = await read();
    const revision = revisionOfStored(parts, stored);
    if (revision === revisionIn(newest)) return { stored, newest };
    const content = contentOf(stored?.bytes ?? null, revisionKey);
    const intents = [...(intent === undefined ? [] : [intent]), ...(newest?.intents ?? [])];
    const at = new Date(now());
    const known = intents.find((candidate) => candidate.content === content) ?? { writer, at };
    const previous = newest ?? createFirstEntry(userId, at);
    if (newest === null) await entries.add(previous);
    const entry = createEntry(previous, { ...known, stored, revision });
    if (await append(entries, entry)) return { stored, newest: entry };
  }
  throw new Error('The history kept growing while a change was recorded');
}

/** Adds an entry and removes those that it makes too many, in one go; `false` if its number is taken. */
async function append(entries: HistoryEntries, entry: HistoryEntry): Promise<boolean> {
  const [isAdded] = await Promise.all([entries.add(entry), entries.trim(entry)]);
  return isAdded;
}

function revisionIn(newest: HistoryEntry | null): string | null {
  return newest?.revision ?? null;
}

function revisionOfStored(
  { revisionKey }: RecorderParts,
  stored: StoredDocument | null,
): string | null {
  return stored === null ? null : revisionOf(stored.bytes, revisionKey);
}

/** Runs something that may fail without failing; `undefined` if it did. */
async function attempt<T>({ log }: RecorderParts, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    log.warn({ err: error }, 'the history of a document could not be written, it will catch up');
    return undefined;
  }
}
