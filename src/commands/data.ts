/** `custom-user-data data …`: read and change the document of a user. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { WriteMode } from '../custom-data/write-mode.ts';
import type { CommandLine } from './command-line.ts';
import type { OutputOptions } from './data-actions.ts';

const FORMATS = ['relaxed', 'canonical', 'plain'] as const;
const MODES = ['MERGE', 'REPLACE', 'DEEP_MERGE'] as const satisfies readonly WriteMode[];

/** Adds `data get`, `write`, `delete`, `history` and `restore`. */
export function addDataCommand(program: Command, line: CommandLine): void {
  const data = program
    .command('data')
    .description('read and change the document of a user, while gateways run or not')
    .addHelpText('after', EXIT_CODES);
  // Loaded only now, so that `--help` and usage errors answer at once.
  const actions = async () => (await import('./data-actions.ts')).createDataActions(line);

  addOutput(forUser(data, 'get', 'print the whole document, hidden fields included')).action(
    async (userId: string, options: OutputOptions) => (await actions()).get(userId, options),
  );

  addOutput(
    addConditions(forUser(data, 'write', 'combine a JSON object with the document'))
      .argument('<json>', 'Extended JSON; "-" reads it from standard input')
      .addOption(new Option('--mode <mode>', 'how it is combined').choices(MODES).default('MERGE')),
  ).action(async (userId: string, json: string, options, command: Command) => {
    const document = parseJson(json === '-' ? await line.readInput() : json, command);
    await (await actions()).write(userId, document, options);
  });

  forUser(data, 'delete', 'delete the document')
    .addOption(expectedRevision())
    .option('--with-history', 'delete its history as well')
    .addOption(asJson())
    .action(async (userId: string, options) => (await actions()).delete(userId, options));

  addOutput(forUser(data, 'history', 'print the revisions that are kept, the newest first'))
    .option('--limit <n>', 'how many at most', parseLimit)
    .action(async (userId: string, options) => (await actions()).history(userId, options));

  addOutput(
    addConditions(forUser(data, 'restore', 'make the document what it was at a revision')).argument(
      '<revision>',
      'one that `data history` prints; after "--" if it begins with "-"',
    ),
  ).action(async (userId: string, revision: string, options) =>
    (await actions()).restore(userId, revision, options),
  );
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`;

function forUser(data: Command, name: string, description: string): Command {
  return data
    .command(name)
    .description(description)
    .argument('<user-id>', 'id of the user, 24 hex digits', parseUserId);
}

function addOutput(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'how BSON types are shown')
        .choices(FORMATS)
        .default('relaxed'),
    )
    .addOption(asJson());
}

function addConditions(command: Command): Command {
  return command
    .addOption(expectedRevision())
    .option('--no-validate', 'do not hold the document to the schema');
}

function asJson(): Option {
  return new Option('--json', 'print one line of JSON');
}

function expectedRevision(): Option {
  return new Option(
    '--expected-revision <revision>',
    'only if the document has this revision; "": only if there is none',
  );
}

function parseUserId(value: string): string {
  if (/^[0-9a-f]{24}$/.test(value)) return value;
  throw new InvalidArgumentError('A user id is 24 hex digits in lower case.');
}

function parseLimit(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a positive number.');
}

function parseJson(text: string, command: Command): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the document.
    return command.error('error: the document is not JSON');
  }
}
