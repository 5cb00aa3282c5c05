/** What `custom-user-data data …` does. */
import { ObjectId } from '../bson.ts';
import type { ChangeListeners } from '../custom-data/changed-paths.ts';
import {
  convertSnapshot,
  type SnapshotFormat,
  showValue,
} from '../custom-data/convert-snapshot.ts';
import type { CustomData, WholeDocument } from '../custom-data/custom-data.ts';
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import type { DocumentChange } from '../custom-data/history/diff.ts';
import type { HistoryRevision } from '../custom-data/history/page.ts';
import type { WriteChange } from '../custom-data/write.ts';
import type { WriteMode } from '../custom-data/write-mode.ts';
import type { WriteResult } from '../custom-data/write-result.ts';
import { type GatewayError, isGatewayError } from '../errors.ts';
import { loadCustomDataSchema } from '../graphql/typed/schema-file.ts';
import { createLog } from '../log.ts';
import { openCustomData } from '../open-store.ts';
import type { TellEvent } from '../session/user-events.ts';
import type { JsonObject } from '../values/json.ts';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';
import { withAudit } from './with-audit.ts';
import { withStore } from './with-store.ts';

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

/** Options of `data delete`. */
export interface DeleteOptions extends Pick<OutputOptions, 'json'> {
  readonly expectedRevision?: string;
  readonly withHistory?: boolean;
}

/** More than can be kept. */
const NO_LIMIT = 1_000_000;

/** Creates the actions, one a command. Each ends the process with exit code 1 if it fails. */
export function createDataActions(line: CommandLine) {
  const print = (json: unknown) => line.write(`${JSON.stringify(json)}\n`);
  const write = (userId: string, change: WriteChange, options: WriteCommandOptions) =>
    withCustomData(line, async (customData, tell) => {
      const { expectedRevision, validate: isValidated } = options;
      const by = { writer: 'OPERATOR', ...listenersOf(userId, tell) } as const;
      const conditions = { expectedRevision, isValidated, ...by };
      const { result } = await customData.write(userId, change, conditions);
      // Someone else may have deleted it since, which is no failure of the write.
      show(userId, await customData.readWhole(userId), options, { result: showResult(result) });
    });

  function show(
    userId: string,
    whole: WholeDocument | null,
    { format, json }: OutputOptions,
    more: JsonObject = {},
  ): void {
    const customData = whole === null ? null : convertSnapshot(whole.data, toFormat(format));
    if (json) print({ userId, revision: whole?.revision ?? null, ...more, customData });
    else line.write(`${JSON.stringify(customData, undefined, 2)}\n`);
  }

  return {
    get: (userId: string, options: OutputOptions) =>
      withCustomData(line, async (customData) => {
        const whole = await customData.readWhole(userId);
        if (whole === null) throw new Error(`The user ${userId} has no document`);
        show(userId, whole, options);
      }),

    write: (
      userId: string,
      newCustomUserData: unknown,
      { mode, ...options }: WriteCommandOptions & { readonly mode: WriteMode },
    ) => write(userId, { newCustomUserData, mode }, options),

    restore: (userId: string, revision: string, options: WriteCommandOptions) =>
      write(userId, { restore: revision }, options),

    delete: (userId: string, { expectedRevision, json, withHistory }: DeleteOptions) =>
      withCustomData(line, async (customData, tell) => {
        const by = { writer: 'OPERATOR', ...listenersOf(userId, tell) } as const;
        const options = { expectedRevision, ...by };
        const { result } = await customData.delete(userId, options);
        if (withHistory === true) await customData.deleteHistory(userId);
        if (json) print({ userId, result: showResult(result) });
        else line.write(result.deletedCount === 1 ? 'Deleted\n' : 'There was no document\n');
      }),

    history: (
      userId: string,
      { format, json, limit = NO_LIMIT }: OutputOptions & { readonly limit?: number },
    ) =>
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

/** The audit log hears which fields change. */
function listenersOf(userId: string, tell: TellEvent): ChangeListeners {
  return {
    onChange: (paths) => tell({ type: 'DOCUMENT_CHANGED', userId, paths }),
    onProtectedChange: (paths) => tell({ type: 'PROTECTED_FIELDS_CHANGED', userId, paths }),
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

function showRevision(node: HistoryRevision, format: SnapshotFormat) {
  const { revision, at, writer, isDeletion: deleted, document } = node;
  return {
    revision,
    at: at.toISOString(),
    writer,
    deleted,
    customData: document === null ? null : convertSnapshot(document, format),
    changes: node.changes()?.map((change) => showChange(change, format)) ?? null,
  };
}

function showChange(change: DocumentChange, format: SnapshotFormat) {
  const { path, kind, before, after } = change;
  return {
    path,
    kind,
    ...(kind === 'ADDED' ? {} : { before: showValue(before, format) }),
    ...(kind === 'REMOVED' ? {} : { after: showValue(after, format) }),
  };
}

function describeRevision(shown: ReturnType<typeof showRevision>): string {
  const { revision, at, writer, changes } = shown;
  const lines = changes?.map(describeChange) ?? ['  (too large to be kept)'];
  return [`${at} ${writer.padEnd('OPERATOR'.length)} ${revision ?? 'deleted'}`, ...lines, ''].join(
    '\n',
  );
}

function describeChange({ path, kind, before, after }: ReturnType<typeof showChange>): string {
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

/**
 * Opens the store and the documents, runs the action and closes the store. What goes wrong ends the process with
 * exit code 1; warnings go to standard error.
 */
async function withCustomData(
  line: CommandLine,
  run: (customData: CustomData, tell: TellEvent) => Promise<void>,
): Promise<void> {
  const config = requireConfig(line);
  try {
    const schema = await loadCustomDataSchema(config);
    await withStore(config, createLog('warn', { write: line.writeError }), (opened) =>
      withAudit(line, config, opened, async ({ tell }) =>
        run(await openCustomData(config, { ...opened, schema }), tell),
      ),
    );
  } catch (error) {
    line.fail(describeFailure(error));
  }
}

/** One line for the error, with its code if it has one, and one for each of its details. */
function describeFailure(error: unknown): string[] {
  if (!isGatewayError(error)) return [describeError(error)];
  return [`${error.code}: ${describeError(error)}`, ...describeDetails(error)];
}

function describeDetails(error: GatewayError): string[] {
  if (isGatewayError(error, 'CUSTOM_DATA_INVALID')) {
    return error.details.violations.map(({ path, message }) => `  ${path || '/'}: ${message}`);
  }
  if (isGatewayError(error, 'FIELD_NOT_WRITABLE')) {
    return error.details.paths.map((path) => `  ${path}`);
  }
  if (isGatewayError(error, 'REVISION_CONFLICT')) {
    const { currentRevision } = error.details;
    return [currentRevision === null ? '  there is no document' : `  it is ${currentRevision}`];
  }
  return [];
}
