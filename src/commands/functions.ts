/** `custom-user-data functions …`: list the operator's functions, and run one. */
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';
import type { OperatorAudit } from './with-audit.ts';
import type { OpenedStore } from './with-store.ts';

interface OutputOptions {
  readonly json?: boolean;
}

const EXIT_CODES = `
Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`;

/** Adds `functions list` and `functions call`. */
export function addFunctionsCommand(program: Command, line: CommandLine): void {
  const functions = program
    .command('functions')
    .description('list the functions of FUNCTIONS_DIR, and run one as the system')
    .addHelpText('after', EXIT_CODES);
  functions
    .command('list')
    .description('list the functions, and who may call each')
    .option('--json', 'print one line of JSON')
    .action((options: OutputOptions) => list(line, options));
  functions
    .command('call')
    .description('run a function as the system, private or not; for cron and operators')
    .argument('<name>', 'of the function')
    .argument('[args]', 'JSON array of Extended JSON; "-" reads it from standard input', '[]')
    .option('--json', 'print one line of JSON')
    .action(async (name: string, text: string, options: OutputOptions, command: Command) => {
      const args = parseArguments(text === '-' ? await line.readInput() : text, command);
      await call(line, name, args, options);
    });
}

async function list(line: CommandLine, { json }: OutputOptions): Promise<void> {
  const config = requireFunctions(line);
  try {
    const { loadFunctions } = await import('../optional-parts.ts');
    const { inspectFunctions } = await loadFunctions();
    const { functions, problems } = await inspectFunctions(config);
    if (json) {
      line.write(`${JSON.stringify({ functions, problems })}\n`);
      return;
    }
    for (const problem of problems) line.writeError(`${printable(problem)}\n`);
    for (const { isPrivate, name } of functions) {
      line.write(`${isPrivate ? 'private' : 'public '}  ${printable(name)}\n`);
    }
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

async function call(
  line: CommandLine,
  name: string,
  args: readonly unknown[],
  { json }: OutputOptions,
): Promise<void> {
  const config = requireFunctions(line);
  // Loaded only now, so that `--help` and a wrong configuration answer at once.
  const [
    { createLog },
    { formatExtendedJson },
    { parseExtendedJson },
    { withStore },
    { withAudit },
  ] = await Promise.all([
    import('../log.ts'),
    import('../custom-data/extended-json-format.ts'),
    import('../custom-data/extended-json-parse.ts'),
    import('./with-store.ts'),
    import('./with-audit.ts'),
  ]);
  const log = createLog(config.logLevel, { write: line.writeError });
  try {
    const values = args.map((value) => parseExtendedJson(value));
    await withStore(config, log, (opened) =>
      withAudit(line, config, opened, async ({ tell }) => {
        const result = await callAsSystem(config, { ...opened, log, tell }, name, values);
        const shown = result === undefined ? null : formatExtendedJson(result, 'relaxed');
        line.write(
          json
            ? `${JSON.stringify({ function: name, result: shown })}\n`
            : `${JSON.stringify(shown, undefined, 2)}\n`,
        );
      }),
    );
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

/** Opens the functions for one call, and tells of it before it begins: what it does is done even if it fails. */
async function callAsSystem(
  config: Config,
  { log, store, tell }: OpenedStore & Pick<OperatorAudit, 'tell'>,
  name: string,
  args: readonly unknown[],
): Promise<unknown> {
  const { loadFunctions } = await import('../optional-parts.ts');
  const { openFunctions } = await loadFunctions();
  // No user calls: of nobody it is known that the function may have changed the document.
  const noteChange = async () => undefined;
  const functions = await openFunctions({ config, log, store, noteChange });
  try {
    if (functions.has(name)) tell({ type: 'FUNCTION_CALLED', function: name });
    return await functions.callAsSystem(name, args);
  } finally {
    await functions.close();
  }
}

function requireFunctions(line: CommandLine): Config {
  const config = requireConfig(line);
  return config.functions.dir === undefined ? line.fail(['FUNCTIONS_DIR is not set']) : config;
}

function parseArguments(text: string, command: Command): readonly unknown[] {
  try {
    const args: unknown = JSON.parse(text);
    if (Array.isArray(args)) return args;
  } catch {
    // The parser's message would quote the arguments.
  }
  return command.error('error: the arguments are no JSON array');
}

/** A name of the app must not reach the terminal as a command. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}
