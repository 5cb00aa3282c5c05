/** `custom-user-data check`: says what the start would do and find, and changes nothing. */
import type { Command } from 'commander';
import type { CheckResult, CheckStatus } from './check/checks.ts';
import { type CommandLine, tryToRead } from './command-line.ts';

const HELP = `
Tries the configuration, the files of schema and claims, the store and its indexes, the signing keys, the issuers of tokens,
the mail server and the functions. It makes no store, no index and no key, and sends no mail.

Exit codes: 0 no check failed, 1 one did, 2 wrong usage.`;

/** Adds `check`. */
export function addCheckCommand(program: Command, line: CommandLine): void {
  program
    .command('check')
    .description('say what the start would do and find, changing nothing')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', HELP)
    .action(({ json = false }: { readonly json?: boolean }) => check(line, json));
}

async function check(line: CommandLine, asJson: boolean): Promise<void> {
  const { checkAll, checkNothing } = await import('./check/check-all.ts');
  const parsed = tryToRead(line.env);
  const results = await (parsed.type === 'ok'
    ? checkAll(parsed.config, { exported: parsed.exported, env: line.env })
    : checkNothing(parsed.problems));
  const ok = results.every(({ status }) => status !== 'failed');
  line.write(asJson ? toJson(ok, results) : toText(results));
  line.exit(ok ? 0 : 1);
}

function toJson(ok: boolean, results: readonly CheckResult[]): string {
  const checks = results.map(({ facts, ...result }) => ({ ...result, ...facts }));
  return `${JSON.stringify({ ok, checks })}\n`;
}

const STATUS_WIDTH = 'skipped'.length;
const NAME_WIDTH = 'configuration'.length;

/** In the order in which they are shown: what there is to do is seen last. */
const STATUSES = ['skipped', 'ok', 'warning', 'failed'] as const satisfies readonly CheckStatus[];

/** One line a check, and one for what to do about it. */
function toText(results: readonly CheckResult[]): string {
  const lines = STATUSES.flatMap((status) =>
    results.filter((result) => result.status === status).flatMap(describe),
  );
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function describe({ status, name, tried, found, remedy }: CheckResult): string[] {
  const line = `${status.padEnd(STATUS_WIDTH)}  ${name.padEnd(NAME_WIDTH)}  ${tried}: ${found}`;
  const indent = ' '.repeat(STATUS_WIDTH + NAME_WIDTH + 4);
  return remedy === undefined ? [line] : [line, `${indent}${remedy}`];
}

/** What others answer must not reach the terminal as a command. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
