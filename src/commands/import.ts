/** `custom-user-data import …`: brings users and documents in. */
import { type Command, Option } from 'commander';
import type { CommandLine } from './command-line.ts';
import { addImportAppCommand } from './import-app.ts';
import type { ImportCollectionOptions } from './moving/import-collection.ts';
import type { ImportUsersOptions } from './moving/import-users.ts';
import type { ImportOptions } from './moving/run-import.ts';

/** Options of `import users`, whatever it imports from. */
interface UsersOptions extends ImportCollectionOptions, Omit<ImportUsersOptions, 'from'> {
  readonly from: ImportUsersOptions['from'] | 'collection';
}

const HELP = `
What is there already is left as it is: an import that was cut off is run again. Rows that are refused are in
FILE.refused.ndjson with their line and the reason, ids that became others in FILE.ids.ndjson.

Exit codes: 0 done, 1 failed, interrupted, or a row was refused (the reason is on standard error), 2 wrong usage.`;

/** Adds the `import` commands. */
export function addImportCommand(program: Command, line: CommandLine): void {
  const imports = program
    .command('import')
    .description('bring in users and documents, while gateways run or not')
    .addHelpText('after', HELP);
  addUsers(imports, line);
  addDocuments(imports, line);
  addHistory(imports, line);
  addAll(imports, line);
  addImportAppCommand(imports, line);
}

function addUsers(imports: Command, line: CommandLine): void {
  addOutput(
    imports
      .command('users')
      .description('make accounts of the users in a file, or of those who have a document')
      .argument('[file]', 'NDJSON, or the list of users of the Admin API of App Services')
      .addOption(
        new Option('--from <source>', 'what the file is; or no file but the users with a document')
          .choices(['ndjson', 'app-services', 'collection'])
          .default('ndjson'),
      )
      .option('--custom-jwt-issuer <issuer>', "issuer of the app's JWTs, for app-services")
      .option('--email-field <name>', 'field with an e-mail address, for collection'),
  ).action(async (file: string | undefined, options: UsersOptions, command: Command) => {
    // Loaded only now, so that `--help` and usage errors answer at once.
    const { from } = options;
    if (from === 'collection') {
      if (file !== undefined) command.error('error: --from collection reads no file');
      const { importCollection } = await import('./moving/import-collection.ts');
      return importCollection(line, options);
    }
    if (file === undefined) return command.error("error: missing required argument 'file'");
    const { importUsers } = await import('./moving/import-users.ts');
    return importUsers(line, file, { ...options, from });
  });
}

function addDocuments(imports: Command, line: CommandLine): void {
  addOutput(
    imports
      .command('documents')
      .description('put the documents of users into their collection')
      .argument('<file>', 'NDJSON of Extended JSON, such as mongoexport writes it'),
  ).action(async (file: string, options: ImportOptions) => {
    const { importDocuments } = await import('./moving/import-documents.ts');
    await importDocuments(line, file, options);
  });
}

function addHistory(imports: Command, line: CommandLine): void {
  addOutput(
    imports
      .command('history')
      .description('put the revisions of documents into their history')
      .argument('<file>', 'history.ndjson of an export'),
  ).action(async (file: string, options: ImportOptions) => {
    const { importHistory } = await import('./moving/import-history.ts');
    await importHistory(line, file, options);
  });
}

function addAll(imports: Command, line: CommandLine): void {
  addOutput(
    imports
      .command('all')
      .description('bring in a whole export: history, documents and users')
      .argument('<directory>', 'what "export" has written'),
  ).action(async (directory: string, options: ImportOptions) => {
    const { importAll } = await import('./moving/import-all.ts');
    await importAll(line, directory, options);
  });
}

function addOutput(command: Command): Command {
  return command
    .option('--dry-run', 'say what would be imported and refused, and write nothing into the store')
    .option('--json', 'print one line of JSON');
}
