/** `custom-user-data import app-services`: the configuration of an exported app, as a file to keep. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { describeExport, toEnvFile } from '../config/app-export/describe-export.ts';
import { ExportError } from '../config/app-export/export-files.ts';
import type { ExportedApp } from '../config/app-export/exported-app.ts';
import { readAppExport } from '../config/app-export/read-app-export.ts';
import { parseConfig } from '../config.ts';
import { reasonOf } from '../json-file.ts';
import type { CommandLine } from './command-line.ts';

interface ImportAppOptions {
  readonly env: string;
  readonly json?: boolean;
}

const HELP = `
Writes what APP_SERVICES_EXPORT=<folder> would give, so that it can be kept, read and changed. The file must not
be there yet; it gets the mode 0600, since secrets will be added to it.

Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`;

/** Adds `app-services` to the `import` commands. */
export function addImportAppCommand(imports: Command, line: CommandLine): void {
  imports
    .command('app-services')
    .description('write the configuration of an exported App Services app as a .env file')
    .argument('<folder>', 'the exported app')
    .requiredOption('--env <file>', 'file to write')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', HELP)
    .action((folder: string, options: ImportAppOptions) => importApp(line, folder, options));
}

function importApp(line: CommandLine, folder: string, { env: file, json }: ImportAppOptions): void {
  const app = readApp(line, resolve(folder));
  const settings = Object.fromEntries(app.settings.map(({ variable, value }) => [variable, value]));
  const result = parseConfig({ ...line.env, ...settings });
  const missing = result.type === 'error' ? result.problems : [];
  try {
    const text = toEnvFile(app) + missing.map((problem) => `# to do: ${problem}\n`).join('');
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    line.fail([describeFailure(error, file)]);
  }
  if (json) {
    const { leftBehind } = app;
    line.write(`${JSON.stringify({ file, settings: app.settings, leftBehind, missing })}\n`);
    return;
  }
  line.writeError(describeExport(app, {}));
  for (const problem of missing) line.writeError(`to do: ${problem}\n`);
  line.write(`${file}\n`);
}

function readApp(line: CommandLine, folder: string): ExportedApp {
  try {
    const app = readAppExport({ ...line.env, APP_SERVICES_EXPORT: folder });
    if (app !== null) return app;
  } catch (error) {
    if (error instanceof ExportError) line.fail([error.message]);
    throw error;
  }
  return line.fail([`There is no exported app in "${folder}"`]);
}

function describeFailure(error: unknown, file: string): string {
  const { code } = error as { readonly code?: unknown };
  if (code === 'EEXIST') return `The file "${file}" is there already`;
  if (code === undefined && error instanceof Error) return error.message;
  return `The file "${file}" cannot be written: ${reasonOf(error)}`;
}
