/** `custom-user-data import all`: a whole export, as `export` has written it. */
import { join } from 'node:path';
import { type CommandLine, describeError } from '../command-line.ts';
import { documentsSource, openDocumentsImport } from './import-documents.ts';
import { historySource, openHistoryImport } from './import-history.ts';
import { openUsersImport, usersSource } from './import-users.ts';
import { FILES, readManifest } from './manifest.ts';
import {
  type ImportContext,
  type ImportOptions,
  type ImportResult,
  importSource,
  openContext,
} from './run-import.ts';

/**
 * Imports history, documents and users of an export, in this order: nobody logs in before all that is theirs is there,
 * and a document that is there has its history. Refused rows of one do not keep the others out.
 */
export async function importAll(
  line: CommandLine,
  directory: string,
  options: ImportOptions,
): Promise<void> {
  const context = openContext(line, options);
  const results: Partial<Record<keyof typeof FILES, ImportResult>> = {};
  const problems: string[] = [];
  try {
    const { files } = await readManifest(directory);
    for (const [what, run] of Object.entries(createRuns(context, directory))) {
      const name = what as keyof typeof FILES;
      if (files[name].rows === 0) continue;
      const result = await run();
      results[name] = result;
      problems.push(...result.problems);
      if (result.isCutOff) break;
    }
  } catch (error) {
    problems.push(describeError(error));
  }
  line.write(options.json ? toJson(results) : toText(results));
  if (problems.length > 0) line.fail(problems);
}

function createRuns(context: ImportContext, directory: string) {
  const { options } = context;
  const fileOf = (what: keyof typeof FILES) => join(directory, FILES[what]);
  const [history, documents, users] = [fileOf('history'), fileOf('documents'), fileOf('users')];
  return {
    history: () =>
      importSource(context, historySource(history), openHistoryImport(history, options)),
    documents: () =>
      importSource(context, documentsSource(documents), openDocumentsImport(documents, options)),
    users: () =>
      importSource(
        context,
        usersSource(users),
        openUsersImport(users, { ...options, from: 'ndjson' }),
      ),
  };
}

function toJson(results: Partial<Record<keyof typeof FILES, ImportResult>>): string {
  const facts = Object.entries(results).map(([what, result]) => [what, result.facts]);
  return `${JSON.stringify(Object.fromEntries(facts))}\n`;
}

function toText(results: Partial<Record<keyof typeof FILES, ImportResult>>): string {
  return Object.values(results)
    .map(({ text }) => text)
    .join('');
}
