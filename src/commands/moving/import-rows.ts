/** What every import has in common: rows are read, made into items, and stored batch after batch. */
import type { Row } from './read-rows.ts';

/** What became of an item. */
export type Outcome =
  | { readonly type: 'IMPORTED' | 'PRESENT'; readonly hasLostPassword?: boolean }
  | { readonly type: 'REFUSED'; readonly reason: string };

/** An item, and what no other item may have as well. */
export interface Parsed<Item> {
  readonly item: Item;
  /** Each with what it is called, such as `['the id', '…']`. */
  readonly keys: readonly (readonly [name: string, value: string])[];
}

/** A row that was not imported. */
export interface Refusal {
  readonly line: number;
  readonly reason: string;
}

/** What an import does. */
export interface ImportParts<Item> {
  readonly rows: AsyncIterable<Row>;
  /** @throws Error with what is wrong with a row, in words that may be shown. */
  readonly parse: (text: string) => Parsed<Item>;
  /** Stores the items of one batch; an outcome for each. */
  readonly store: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  /** Hears of what was refused and stored, batch by batch. */
  readonly onBatch: (refused: readonly Refusal[], items: readonly Item[]) => Promise<void>;
  /** Whether to stop: what is under way is finished, no more is begun. */
  readonly isStopped: () => boolean;
  /** Hears how far it is: bytes, and rows. */
  readonly onProgress: (position: number, count: number) => void;
  readonly isDryRun: boolean;
}

/** What an import came to. */
export interface ImportSummary {
  readonly imported: number;
  /** There already. */
  readonly present: number;
  readonly refused: number;
  /** Whose password could not be taken over. */
  readonly lostPasswords: number;
  /** The last line that was looked at. */
  readonly line: number;
  readonly isInterrupted: boolean;
  /** Why it ended early. */
  readonly failure?: unknown;
}

/** Stored at once: short enough for gateways to write in between, and to lose next to nothing when it is cut off. */
const BATCH = 50;
/** The same in bytes of their rows: documents may be large. */
const BATCH_BYTES = 8 * 1024 * 1024;

/** Keys that a dry run compares: more would fill the memory. */
export const MAX_SEEN_KEYS = 1_000_000;

interface Waiting<Item> {
  readonly line: number;
  readonly item: Item;
}

/** Imports rows until there are no more, it is stopped, or reading or storing fails; what was stored before stays. */
export async function importRows<Item>(parts: ImportParts<Item>): Promise<ImportSummary> {
  const counts = { imported: 0, present: 0, refused: 0, lostPasswords: 0, line: 0 };
  try {
    const isInterrupted = await importAll(parts, counts);
    return { ...counts, isInterrupted };
  } catch (failure) {
    return { ...counts, isInterrupted: false, failure };
  }
}

type Counts = {
  -readonly [Name in keyof Omit<ImportSummary, 'isInterrupted' | 'failure'>]: ImportSummary[Name];
};

/** Whether it was stopped. */
async function importAll<Item>(parts: ImportParts<Item>, counts: Counts): Promise<boolean> {
  // A run that stores nothing cannot ask the store which rows came before.
  const seen = new Map<string, number>();
  let waiting: Waiting<Item>[] = [];
  let refused: Refusal[] = [];
  let bytes = 0;
  const take = ({ line, problem, text = '' }: Row): void => {
    try {
      if (problem !== undefined) throw new Error(problem);
      const { item, keys } = parts.parse(text);
      noteKeys(seen, keys, line);
      waiting.push({ line, item });
    } catch (error) {
      refused.push({ line, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const flush = async (): Promise<void> => {
    const outcomes = await parts.store(waiting.map(({ item }) => item));
    const all = [...refused, ...count(counts, waiting, outcomes)].sort((a, b) => a.line - b.line);
    counts.refused += all.length;
    await parts.onBatch(
      all,
      waiting.map(({ item }) => item),
    );
    [waiting, refused, bytes] = [[], [], 0];
    if (!parts.isDryRun || seen.size > MAX_SEEN_KEYS) seen.clear();
  };
  for await (const row of parts.rows) {
    if (parts.isStopped()) {
      await flush();
      return true;
    }
    counts.line = row.line;
    take(row);
    bytes += row.text?.length ?? 0;
    if (waiting.length + refused.length >= BATCH || bytes >= BATCH_BYTES) await flush();
    parts.onProgress(row.position, counts.imported + counts.present + counts.refused);
  }
  await flush();
  return false;
}

function noteKeys(seen: Map<string, number>, keys: Parsed<unknown>['keys'], line: number): void {
  const named = keys.map(([name, value]) => [name, `${name} ${value}`] as const);
  for (const [name, key] of named) {
    const before = seen.get(key);
    if (before !== undefined) throw new Error(`Line ${before} has ${name} as well`);
  }
  for (const [, key] of named) seen.set(key, line);
}

/** Counts what became of the items; those that were refused. */
function count(
  counts: Counts,
  items: readonly Waiting<unknown>[],
  outcomes: readonly Outcome[],
): Refusal[] {
  return outcomes.flatMap((outcome, index) => {
    if (outcome.type === 'REFUSED') {
      return [{ line: items[index]?.line ?? 0, reason: outcome.reason }];
    }
    if (outcome.type === 'IMPORTED') counts.imported += 1;
    else counts.present += 1;
    if (outcome.hasLostPassword === true) counts.lostPasswords += 1;
    return [];
  });
}
