/** `custom-user-data store …`: back up, restore and verify the embedded store. */
import type { Command } from 'commander';
import type { CommandLine } from './command-line.ts';
import type { StoreCommandOptions } from './store-actions.ts';

/** Adds `store backup`, `restore` and `verify`. */
export function addStoreCommand(program: Command, line: CommandLine): void {
  const store = program
    .command('store')
    .description('back up, restore and verify the embedded store; MongoDB has its own tools')
    .addHelpText('after', HELP);
  // Loaded only now, so that `--help` and usage errors answer at once.
  const actions = async () => (await import('./store-actions.ts')).createStoreActions(line);

  store
    .command('backup')
    .description('make a backup of the store, while gateways run or not, and verify it')
    .argument('<directory>', 'where to: one that is empty, or is not there yet')
    .option('--json', 'print one line of JSON')
    .action(async (directory: string, options: StoreCommandOptions) =>
      (await actions()).backUp(directory, options),
    );
  store
    .command('restore')
    .description('make a backup the store in DATA_DIR, where there must be none')
    .argument('<directory>', 'the backup')
    .option('--json', 'print one line of JSON')
    .action(async (directory: string, options: StoreCommandOptions) =>
      (await actions()).restore(directory, options),
    );
  store
    .command('verify')
    .description('read every record and index entry of a store or backup and say what is broken')
    .argument('[directory]', 'a backup, or the directory of a store; DATA_DIR if absent')
    .option('--json', 'print one line of JSON')
    .action(async (directory: string | undefined, options: StoreCommandOptions) =>
      (await actions()).verify(directory, options),
    );
}

const HELP = `
A backup holds the signing keys: whoever reads it can make tokens.

Exit codes: 0 done and whole, 1 failed or damaged (the reason is on standard error), 2 wrong usage.`;
