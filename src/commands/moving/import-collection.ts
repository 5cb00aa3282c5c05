/** `custom-user-data import users --from collection`: accounts for whoever has a document. */
import { ObjectId } from '../../bson.ts';
import { customDataCollections } from '../../open-store.ts';
import type { DocumentCollection } from '../../store/port.ts';
import type { Document } from '../../values/documents.ts';
import type { CommandLine } from '../command-line.ts';
import { openUserImport, parseJson, withKeys } from './import-users.ts';
import { readDocuments } from './read-documents.ts';
import type { Row } from './read-rows.ts';
import { type ImportOptions, runImport } from './run-import.ts';
import { parseUserRow, type UserRowInput } from './user-rows.ts';

/** Options of the import from the collection. */
export interface ImportCollectionOptions extends ImportOptions {
  /** Field of the documents that holds an e-mail address; dots lead into documents. */
  readonly emailField?: string;
}

/** What the reports are named by, in the working directory. */
const REPORTS = 'collection';
const USER_ID = /^[0-9a-f]{24}$/;

/** Makes accounts of the users that the documents name. */
export function importCollection(
  line: CommandLine,
  options: ImportCollectionOptions,
): Promise<void> {
  const source = { what: 'users', file: REPORTS, isRead: false } as const;
  return runImport(line, source, options, async (opened, config) => {
    const [definition] = customDataCollections(config);
    const documents = await opened.store.collection(definition);
    const { userIdField } = config.customData;
    return {
      ...(await openUserImport(opened, options)),
      rows: rowsOf(documents, userIdField, options.emailField),
      parse: (text) => withKeys(parseUserRow(parseJson(text), opened.now())),
    };
  });
}

/** A row for each document; the line is its number in the order of `_id`. */
async function* rowsOf(
  documents: DocumentCollection,
  userIdField: string,
  emailField: string | undefined,
): AsyncGenerator<Row> {
  let line = 0;
  for await (const document of readDocuments(documents)) {
    line += 1;
    const id = toUserId(document[userIdField]);
    if (id === undefined) {
      yield { line, position: 0, problem: `"${userIdField}" is no user id of 24 hex digits` };
      continue;
    }
    const email = emailField === undefined ? undefined : fieldAt(document, emailField);
    yield { line, position: 0, text: JSON.stringify(toRow(id, email)) };
  }
}

/** A user whose address is missing, or none, is a user without one. */
function toRow(id: string, email: unknown): UserRowInput {
  if (typeof email !== 'string' || email.trim() === '') return { id };
  return { id, identities: [{ provider: 'local-userpass', externalId: email.trim() }] };
}

/** Documents name their user by text or by ObjectId. */
function toUserId(value: unknown): string | undefined {
  if (value instanceof ObjectId) return value.toHexString();
  return typeof value === 'string' && USER_ID.test(value) ? value : undefined;
}

function fieldAt(document: Document, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isThere ? (value as Document)[name] : undefined;
  }, document);
}
