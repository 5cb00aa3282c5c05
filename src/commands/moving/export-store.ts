/** `custom-user-data export`: what `import` reads back. */
import { mkdir, readdir } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { formatDocument } from '../../custom-data/extended-json-format.ts';
import { HISTORY_COLLECTION } from '../../custom-data/history/entries.ts';
import type { HistoryEntry } from '../../custom-data/history/entry.ts';
import { toMovedEntry } from '../../custom-data/history/moved-entries.ts';
import { createLog } from '../../log.ts';
import { customDataCollections } from '../../open-store.ts';
import { type CommandLine, describeError, requireConfig } from '../command-line.ts';
import { readPublicKeys } from '../public-keys.ts';
import { withAudit } from '../with-audit.ts';
import { type OpenedStore, withStore } from '../with-store.ts';
import { type ExportedFile, writeExportFile } from './export-file.ts';
import { readUsers } from './export-users.ts';
import { type ExportManifest, FILES, MANIFEST } from './manifest.ts';
import { createProgress } from './progress.ts';
import { inBatches, readDocuments } from './read-documents.ts';

/** Options of `export`. */
export interface ExportOptions {
  /** Whether hashes of passwords and API keys are exported as well. */
  readonly withSecrets?: boolean;
  readonly json?: boolean;
}

const OWNER_ONLY = 0o700;
const KEYS = 'keys.json';

/** Exports users, documents and history into a directory that is empty or not there. */
export async function exportStore(
  line: CommandLine,
  directory: string,
  { json, withSecrets = false }: ExportOptions,
): Promise<void> {
  const config = requireConfig(line);
  try {
    await withStore(config, createLog('warn', { write: line.writeError }), async (opened) => {
      await makeDirectory(directory);
      await withAudit(line, config, opened, async ({ tell }) => {
        // Before there is anything to take away: whoever cuts it off has what is written by then.
        tell({ type: 'DATA_EXPORTED', hasSecrets: withSecrets });
      });
      const { kind: store, now } = { kind: opened.store.kind, now: opened.now() };
      const keys = [{ keys: await readPublicKeys(config, opened) }];
      await writeExportFile(directory, KEYS, once(keys), () => undefined);
      const files = await writeFiles(line, directory, {
        // In this order, what is written meanwhile is a change that the history does not know yet.
        history: readHistory(opened),
        documents: readCustomData(opened, config),
        users: readUsers(opened, withSecrets),
      });
      const createdAt = new Date(now).toISOString();
      const manifest: ExportManifest = { createdAt, store, hasSecrets: withSecrets, files };
      await writeExportFile(directory, MANIFEST, once([manifest]), () => undefined);
      line.write(describe(directory, files, json));
    });
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

async function makeDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY });
  if ((await readdir(directory)).length > 0) throw new Error(`"${directory}" is not empty`);
}

async function writeFiles(
  line: CommandLine,
  directory: string,
  sources: Record<keyof typeof FILES, AsyncIterable<readonly unknown[]>>,
): Promise<Record<keyof typeof FILES, ExportedFile>> {
  const write = (what: keyof typeof FILES) => {
    const clock = () => performance.now();
    const onProgress = createProgress({ what, total: 0, write: line.writeError, clock });
    const onRows = (count: number) => onProgress(0, count);
    return writeExportFile(directory, FILES[what], sources[what], onRows);
  };
  return {
    history: await write('history'),
    documents: await write('documents'),
    users: await write('users'),
  };
}

function describe(
  directory: string,
  { documents, history, users }: ExportManifest['files'],
  json = false,
): string {
  const counts = { users: users.rows, documents: documents.rows, revisions: history.rows };
  if (json) return `${JSON.stringify({ directory, ...counts })}\n`;
  return `${directory}: ${counts.users} users, ${counts.documents} documents, ${counts.revisions} revisions\n`;
}

/** The documents with every type kept, as they are stored. */
async function* readCustomData(
  { store }: OpenedStore,
  config: Config,
): AsyncGenerator<readonly unknown[]> {
  const [definition] = customDataCollections(config);
  const collection = await store.collection(definition);
  for await (const documents of inBatches(readDocuments(collection))) {
    const stored = await Promise.all(documents.map(({ _id }) => collection.findStored({ _id })));
    yield stored.flatMap((each) =>
      each === null ? [] : [formatDocument(each.document, 'canonical')],
    );
  }
}

/** The history that there is, whether or not one is kept by now. */
async function* readHistory({ store }: OpenedStore): AsyncGenerator<readonly unknown[]> {
  if (!(await store.inspect(HISTORY_COLLECTION)).exists) return;
  const collection = await store.collection(HISTORY_COLLECTION);
  for await (const entries of inBatches(readDocuments(collection))) {
    yield (entries as HistoryEntry[]).map(showEntry);
  }
}

function showEntry(entry: HistoryEntry) {
  const { at, isTooLarge, stored, ...place } = toMovedEntry(entry);
  return {
    ...place,
    at: at.toISOString(),
    ...(stored === null ? {} : { document: formatDocument(stored.document, 'canonical') }),
    ...(isTooLarge ? { isTooLarge } : {}),
  };
}

async function* once<Value>(value: Value): AsyncGenerator<Value> {
  yield value;
}
