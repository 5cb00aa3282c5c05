/** What `custom-user-data data …` does. */
import { ObjectId } from '../bson.ts';
import {
  convertSnapshot,
  type SnapshotFormat,
  showValue,
} from '../custom-data/convert-snapshot.ts';
import type { WholeDocument } from '../custom-data/custom-data.ts';
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import type { DocumentChange } from '../custom-data/history/diff.ts';
import type { HistoryRevision } from '../custom-data/history/page.ts';
import type { WriteChange, WriteResult } from '../custom-data/write.ts';
import type { WriteMode } from '../custom-data/write-mode.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import type { CommandLine } from './command-line.ts';
import { withCustomData } from './with-custom-data.ts';

/** How the answer is printed. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly format: 'relaxed' | 'canonical' | 'plain';
}

/** Options of commands that write. */
export interface WriteCommandOptions extends OutputOptions {
  readonly expectedRevision?: string;
  readonly validate: boolean;
}

/** One action a command. Each ends the process with exit code 1 if it fails. */
export interface DataActions {
  get(userId: string, options: OutputOptions): Promise<void>;
  write(
    userId: string,
    document: unknown,
    options: WriteCommandOptions & { readonly mode: WriteMode },
  ): Promise<void>;
  delete(
    userId: string,
    options: {
      readonly json?: boolean;
      readonly expectedRevision?: string;
      readonly withHistory?: boolean;
    },
  ): Promise<void>;
  history(userId: string, options: OutputOptions & { readonly limit?: number }): Promise<void>;
  restore(userId: string, revision: string, options: WriteCommandOptions): Promise<void>;
}

/** More than can be kept. */
const NO_LIMIT = 1_000_000;

/** Creates the actions. */
export function createDataActions(line: CommandLine): DataActions {
  const print = (json: unknown) => line.write(`${JSON.stringify(json)}\n`);
  const write = (userId: string, change: WriteChange, options: WriteCommandOptions) =>
    withCustomData(line, async (customData) => {
      const { expectedRevision, validate: isValidated } = options;
      const { result } = await customData.write(userId, change, {
        ...{ expectedRevision, isValidated, writer: 'OPERATOR' },
      });
      // Someone else may have deleted it since, which is no failure of the write.
      show(userId, await customData.readWhole(userId), options, { result: showResult(result) });
    });

  function show(
    userId: string,
    whole: WholeDocument | null,
    { format, json = false }: OutputOptions,
    more: JsonObject = {},
  ): void {
    const customData = whole === null ? null : convertSnapshot(whole.data, toFormat(format));
    if (json) print({ userId, revision: whole?.revision ?? null, ...more, customData });
    else line.write(`${JSON.stringify(customData, undefined, 2)}\n`);
  }

  return {
    get: (userId, options) =>
      withCustomData(line, async (customData) => {
        const whole = await customData.readWhole(userId);
        if (whole === null) throw new Error(`The user ${userId} has no document`);
        show(userId, whole, options);
      }),

    write: (userId, newCustomUserData, { mode, ...options }) =>
      write(userId, { newCustomUserData, mode }, options),

    restore: (userId, revision, options) => write(userId, { restore: revision }, options),

    delete: (userId, { expectedRevision, json = false, withHistory = false }) =>
      withCustomData(line, async (customData) => {
        const options = { expectedRevision, writer: 'OPERATOR' } as const;
        const { result } = await customData.delete(userId, options);
        if (withHistory) await customData.deleteHistory(userId);
        if (json) print({ userId, result: showResult(result) });
        else line.write(result.deletedCount === 1 ? 'Deleted\n' : 'There was no document\n');
      }),

    history: (userId, { format, json = false, limit = NO_LIMIT }) =>
      withCustomData(line, async (customData) => {
        const history = await customData.readHistory(userId, { first: limit, viewer: 'OPERATOR' });
        if (history === null) throw new Error('No history is kept: CUSTOM_DATA_HISTORY is 0');
        const shown = toFormat(format);
        const revisions = history.edges.map(({ node }) => showRevision(node, shown));
        if (json) print({ userId, revisions });
        else line.write(revisions.map(describeRevision).join(''));
      }),
  };
}

function toFormat(format: OutputOptions['format']): SnapshotFormat {
  return format.toUpperCase() as SnapshotFormat;
}

function showResult({ upsertedId, ...result }: WriteResult): JsonObject {
  const id =
    upsertedId instanceof ObjectId
      ? upsertedId.toHexString()
      : formatExtendedJson(upsertedId, 'relaxed');
  return { ...result, upsertedId: id };
}

interface ShownRevision {
  readonly revision: string | null;
  readonly at: string;
  readonly writer: string;
  readonly deleted: boolean;
  readonly customData: JsonObject | null;
  readonly changes: readonly ShownChange[] | null;
}

interface ShownChange {
  readonly path: string;
  readonly kind: DocumentChange['kind'];
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

function showRevision(node: HistoryRevision, format: SnapshotFormat): ShownRevision {
  const { revision, at, writer, isDeletion: deleted, document } = node;
  return {
    ...{ revision, at: at.toISOString(), writer, deleted },
    customData: document === null ? null : convertSnapshot(document, format),
    changes: node.changes()?.map((change) => showChange(change, format)) ?? null,
  };
}

function showChange(change: DocumentChange, format: SnapshotFormat): ShownChange {
  const { path, kind, before, after } = change;
  return {
    ...{ path, kind },
    ...(kind === 'ADDED' ? {} : { before: showValue(before, format) }),
    ...(kind === 'REMOVED' ? {} : { after: showValue(after, format) }),
  };
}

function describeRevision({ revision, at, writer, changes }: ShownRevision): string {
  const lines = changes?.map(describeChange) ?? ['  (too large to be kept)'];
  return [`${at} ${writer.padEnd('OPERATOR'.length)} ${revision ?? 'deleted'}`, ...lines, ''].join(
    '\n',
  );
}

function describeChange({ path, kind, before, after }: ShownChange): string {
  const [old, fresh] = [JSON.stringify(before), JSON.stringify(after)];
  switch (kind) {
    case 'ADDED':
      return `  + ${path} ${fresh}`;
    case 'REMOVED':
      return `  - ${path} ${old}`;
    case 'CHANGED':
      return `  ~ ${path} ${old} -> ${fresh}`;
  }
}
