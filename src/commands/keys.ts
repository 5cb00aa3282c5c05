/** `custom-user-data keys …`: what an operator does to the signing keys, also while gateways run. */
import { type Command, Option } from 'commander';
import type { CommandLine } from './command-line.ts';

/** Options that every command has. */
interface OutputOptions {
  readonly json?: boolean;
}

const EXIT_CODES = `
A key that begins with "-" is given after "--".
Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`;

/** Adds the `keys` commands. */
export function addKeysCommand(program: Command, line: CommandLine): void {
  const keys = program
    .command('keys')
    .description('list, rotate, retire, import and export signing keys; gateways may run meanwhile')
    .addHelpText('after', EXIT_CODES);
  // Loaded only now, so that `--help` and usage errors answer at once.
  const actions = async () => (await import('./keys-actions.ts')).createKeysActions(line);
  const command = (name: string, description: string) =>
    keys
      .command(name)
      .description(description)
      .addOption(new Option('--json', 'print one line of JSON'));

  command('list', 'list the keys: active, next, retiring and retired').action(
    async (options: OutputOptions) => (await actions()).list(options),
  );
  command(
    'rotate',
    'have the next key sign, as soon as it has been published for long enough',
  ).action(async (options: OutputOptions) => (await actions()).rotate(options));
  command('retire', 'have a key sign no more; what it has signed stays valid until it expires')
    .argument('<kid>', 'the key, as `keys list` shows it')
    .option('--now', 'for a stolen key: nothing that it has signed is accepted any more')
    .action(async (kid: string, options: OutputOptions & { readonly now?: boolean }) =>
      (await actions()).retire(kid, options),
    );
  command('import', 'add keys: the first private one is the next to sign, the others verify')
    .argument('<file>', 'a JWKS (RFC 7517)')
    .action(async (file: string, options: OutputOptions) =>
      (await actions()).import(file, options),
    );
  command('export', 'print the keys that verify as a JWKS')
    .requiredOption('--public', 'their public members: private ones are not printed')
    .action(async (options: OutputOptions) => (await actions()).exportPublic(options));
}
