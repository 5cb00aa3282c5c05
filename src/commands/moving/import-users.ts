/** `custom-user-data import users`. */
import { ACCOUNTS_COLLECTION } from '../../account/accounts.ts';
import { API_KEYS_COLLECTION } from '../../account/api-keys.ts';
import { REGISTRATIONS_COLLECTION } from '../../account/registrations.ts';
import { createUserImport } from '../../account/user-import.ts';
import type { CommandLine } from '../command-line.ts';
import type { OpenedStore } from '../with-store.ts';
import { type AppServicesOptions, toUserRow } from './app-services-rows.ts';
import type { Parsed } from './import-rows.ts';
import { readLines, readObjects } from './read-rows.ts';
import {
  type ImportKind,
  type ImportOptions,
  type ImportSource,
  type OpenImport,
  runImport,
} from './run-import.ts';
import { parseUserRow, type UserRow } from './user-rows.ts';

/** Options of `import users`. */
export interface ImportUsersOptions extends ImportOptions, AppServicesOptions {
  readonly from: 'ndjson' | 'app-services';
}

/** Most bytes of a user. */
const MAX_ROW_BYTES = 4 * 1024 * 1024;

/** Imports the users of a file. */
export function importUsers(
  line: CommandLine,
  file: string,
  options: ImportUsersOptions,
): Promise<void> {
  return runImport(line, usersSource(file), options, openUsersImport(file, options));
}

/** The file as what is imported. */
export function usersSource(file: string): ImportSource {
  return { what: 'users', file, isRead: true };
}

/** What imports the users of a file. */
export function openUsersImport(file: string, options: ImportUsersOptions): OpenImport<UserRow> {
  const source = { file, maxBytes: MAX_ROW_BYTES };
  const isAppServices = options.from === 'app-services';
  const toRow = (json: unknown) => (isAppServices ? toUserRow(json, options) : json);
  return async (opened) => ({
    ...(await openUserImport(opened, options)),
    rows: isAppServices ? readObjects(source) : readLines(source),
    parse: (text) => withKeys(parseUserRow(toRow(parseJson(text)), opened.now())),
  });
}

/** What stores users. */
export async function openUserImport(
  { store }: OpenedStore,
  { dryRun = false }: ImportOptions,
): Promise<Pick<ImportKind<UserRow>, 'store' | 'mappedIn'>> {
  const run = createUserImport({
    accounts: await store.collection(ACCOUNTS_COLLECTION),
    registrations: await store.collection(REGISTRATIONS_COLLECTION),
    apiKeys: await store.collection(API_KEYS_COLLECTION),
    isDryRun: dryRun,
  });
  return {
    store: (rows) => run(rows.map(({ user }) => user)),
    mappedIn: (rows) =>
      rows.flatMap(({ sourceId, user: { id } }) =>
        sourceId === undefined ? [] : [{ sourceId, id }],
      ),
  };
}

/** A user, and what no other may have. */
export function withKeys(row: UserRow): Parsed<UserRow> {
  const { id, identities } = row.user;
  const keys = identities.map(({ externalId, provider }) => {
    const name =
      provider === 'local-userpass' ? 'the e-mail address' : `the "${provider}" identity`;
    return [name, externalId] as const;
  });
  return { item: row, keys: [['the id', id], ...keys] };
}

/** The parser's own message would quote the row. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The row is not JSON');
  }
}
