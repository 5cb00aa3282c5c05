/** `custom-user-data import documents`. */
import { ObjectId } from '../../bson.ts';
import { formatExtendedJson } from '../../custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../../custom-data/extended-json-parse.ts';
import { customDataCollections } from '../../open-store.ts';
import { encodeNewDocument, sameBytes } from '../../store/document-bytes.ts';
import { type DocumentCollection, DuplicateKeyError } from '../../store/port.ts';
import { type Document, isPlainObject } from '../../values/documents.ts';
import type { CommandLine } from '../command-line.ts';
import type { Outcome, Parsed } from './import-rows.ts';
import { parseJson } from './import-users.ts';
import { readLines } from './read-rows.ts';
import { type ImportOptions, type ImportSource, type OpenImport, runImport } from './run-import.ts';
import { toUserId } from './user-rows.ts';

/** Most bytes of a document in BSON: MongoDB's limit. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** Most bytes of its row: canonical Extended JSON takes several times as much. */
const MAX_ROW_BYTES = 128 * 1024 * 1024;

/** A document, and the id at the source of its user if that became another. */
export interface DocumentRow {
  readonly document: Document;
  readonly bytes: Uint8Array;
  readonly userId: unknown;
}

/** Where documents go. */
interface Target {
  readonly collection: DocumentCollection;
  readonly userIdField: string;
  readonly isDryRun: boolean;
}

/** Imports the documents of a file. */
export function importDocuments(
  line: CommandLine,
  file: string,
  options: ImportOptions,
): Promise<void> {
  return runImport(line, documentsSource(file), options, openDocumentsImport(file, options));
}

/** The file as what is imported. */
export function documentsSource(file: string): ImportSource {
  return { what: 'documents', file, isRead: true };
}

/** What imports the documents of a file. */
export function openDocumentsImport(
  file: string,
  { dryRun = false }: ImportOptions,
): OpenImport<DocumentRow> {
  return async ({ store }, config) => {
    const [definition] = customDataCollections(config);
    const { userIdField } = config.customData;
    const collection = await store.collection(definition);
    const target = { collection, userIdField, isDryRun: dryRun };
    return {
      rows: readLines({ file, maxBytes: MAX_ROW_BYTES }),
      parse: (text) => parseDocument(text, userIdField),
      store: (rows) => Promise.all(rows.map((row) => importDocument(target, row))),
    };
  };
}

/** @throws Error with what is wrong. */
function parseDocument(text: string, userIdField: string): Parsed<DocumentRow> {
  const parsed = parseExtendedJson(parseJson(text));
  if (!isPlainObject(parsed)) throw new Error('The row is no document');
  const { _id: id } = parsed;
  if (id === undefined || id === null) throw new Error('The document has no "_id"');
  if (Array.isArray(id)) throw new Error('The "_id" is a list');
  const userId = toStoredUserId(parsed[userIdField]);
  const document = userId === undefined ? parsed : { ...parsed, [userIdField]: userId };
  const bytes = encodeNewDocument(document);
  if (bytes.length > MAX_DOCUMENT_BYTES) throw new Error('The document has more than 16 MiB');
  const keys: [string, string][] = [
    ['the "_id"', JSON.stringify(formatExtendedJson(document._id, 'canonical'))],
  ];
  if (userId !== undefined) keys.push([`the "${userIdField}"`, String(userId)]);
  return { item: { document, bytes, userId }, keys };
}

/** As `import users` changes ids, so that a document stays its user's. */
function toStoredUserId(value: unknown): unknown {
  return typeof value === 'string' && value !== '' ? toUserId(value).id : value;
}

async function importDocument(target: Target, row: DocumentRow): Promise<Outcome> {
  const { collection, isDryRun } = target;
  if (isDryRun) return (await obstacleTo(target, row)) ?? { type: 'IMPORTED' };
  try {
    await collection.insertOne(row.document);
    return { type: 'IMPORTED' };
  } catch (error) {
    if (!(error instanceof DuplicateKeyError)) throw error;
    const reason = 'Another document has the "_id" or is of the same user';
    return (await obstacleTo(target, row)) ?? { type: 'REFUSED', reason };
  }
}

/** What is there in the way of a document; nothing: it can be inserted. */
async function obstacleTo(
  { collection, userIdField }: Target,
  { bytes, document, userId }: DocumentRow,
): Promise<Outcome | undefined> {
  const found = await collection.findStored({ _id: document._id });
  if (found !== null) {
    if (sameBytes(found.bytes, bytes)) return { type: 'PRESENT' };
    return { type: 'REFUSED', reason: 'Another document has the "_id"' };
  }
  if (userId === undefined) return undefined;
  const forms = typeof userId === 'string' ? [userId, new ObjectId(userId)] : [userId];
  const other = await collection.findOne({ [userIdField]: { $in: forms } });
  if (other === null) return undefined;
  return { type: 'REFUSED', reason: 'The user has a document already' };
}
