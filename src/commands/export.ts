/** `custom-user-data export`: takes users, documents and their history out. */
import type { Command } from 'commander';
import type { CommandLine } from './command-line.ts';
import type { ExportOptions } from './moving/export-store.ts';

const HELP = `
Makes history.ndjson, documents.ndjson, users.ndjson, keys.json (the public keys) and, at last, manifest.json, all for
their owner only. "import all" reads the directory back. Sessions are not exported, nor what signs.

Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`;

/** Adds `export`. */
export function addExportCommand(program: Command, line: CommandLine): void {
  program
    .command('export')
    .description('write users, documents and history into files, while gateways run or not')
    .argument('<directory>', 'where to: one that is empty, or is not there yet')
    .option('--with-secrets', 'hashes of passwords and API keys as well')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', HELP)
    .action(async (directory: string, options: ExportOptions) => {
      // Loaded only now, so that `--help` and usage errors answer at once.
      const { exportStore } = await import('./moving/export-store.ts');
      await exportStore(line, directory, options);
    });
}
