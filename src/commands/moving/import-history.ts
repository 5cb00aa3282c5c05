/** `custom-user-data import history`: the revisions of the users' documents, as `export` writes them. */
import { z } from 'zod';
import { parseExtendedJson } from '../../custom-data/extended-json-parse.ts';
import { HISTORY_COLLECTION } from '../../custom-data/history/entries.ts';
import { entryId, WRITERS } from '../../custom-data/history/entry.ts';
import { createEntryImport, type MovedEntry } from '../../custom-data/history/moved-entries.ts';
import { openRevisionKey } from '../../open-store.ts';
import { encodeNewDocument } from '../../store/document-bytes.ts';
import { decodeStored } from '../../store/stored-document.ts';
import { isPlainObject } from '../../values/documents.ts';
import type { JsonValue } from '../../values/json.ts';
import type { CommandLine } from '../command-line.ts';
import type { Parsed } from './import-rows.ts';
import { parseJson } from './import-users.ts';
import { readLines } from './read-rows.ts';
import { type ImportOptions, type ImportSource, type OpenImport, runImport } from './run-import.ts';
import { describe } from './user-rows.ts';

/** Most bytes of a row: a revision of a document has 2 MiB at most, several times as much as Extended JSON. */
const MAX_ROW_BYTES = 16 * 1024 * 1024;
/** What a number takes in a cursor. */
const MAX_SEQUENCE = 2 ** 32 - 1;

const rowShape = z.strictObject({
  userId: z.string().regex(/^[0-9a-f]{24}$/),
  sequence: z.int().min(0).max(MAX_SEQUENCE),
  start: z.int().min(0),
  at: z.iso.datetime().transform((text) => new Date(text)),
  writer: z.enum(WRITERS),
  document: z.record(z.string(), z.json()).optional(),
  isTooLarge: z.boolean().default(false),
});

/** Imports the history in a file. */
export function importHistory(
  line: CommandLine,
  file: string,
  options: ImportOptions,
): Promise<void> {
  return runImport(line, historySource(file), options, openHistoryImport(file, options));
}

/** The file as what is imported. */
export function historySource(file: string): ImportSource {
  return { what: 'revisions', file, isRead: true };
}

/** What imports the history in a file. Fails if the gateway keeps none. */
export function openHistoryImport(
  file: string,
  { dryRun = false }: ImportOptions,
): OpenImport<MovedEntry> {
  return async ({ store }, config) => {
    if (config.customData.history === 0) {
      throw new Error('No history is kept: set CUSTOM_DATA_HISTORY, here and for the gateways');
    }
    return {
      rows: readLines({ file, maxBytes: MAX_ROW_BYTES }),
      parse: createEntryParser(),
      store: createEntryImport({
        collection: await store.collection(HISTORY_COLLECTION),
        revisionKey: await openRevisionKey(config, store),
        isDryRun: dryRun,
      }),
    };
  };
}

/** Creates what makes entries of rows, which come in the order of user and number. */
function createEntryParser(): (text: string) => Parsed<MovedEntry> {
  let last = '';
  return (text) => {
    const item = parseEntryRow(parseJson(text));
    const id = entryId(item.userId, item.sequence);
    if (id <= last) throw new Error('The row is not in the order of "userId" and "sequence"');
    last = id;
    return { item, keys: [] };
  };
}

/** @throws Error with what is wrong with the row. */
function parseEntryRow(json: unknown): MovedEntry {
  const parsed = rowShape.safeParse(json);
  if (!parsed.success) throw new Error(describe(parsed.error));
  const { document, ...row } = parsed.data;
  if (document === undefined) return { ...row, stored: null };
  if (row.isTooLarge) throw new Error('"isTooLarge" is for a row without a document');
  const value = parseExtendedJson(document as JsonValue);
  if (!isPlainObject(value)) throw new Error('"document" is no document');
  if (value._id === undefined) throw new Error('The document has no "_id"');
  return { ...row, stored: decodeStored(encodeNewDocument(value)) };
}
