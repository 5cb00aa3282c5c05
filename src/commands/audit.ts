/** `custom-user-data audit`: prints the audit log that the store keeps. */
import { type Command, InvalidArgumentError } from 'commander';
import ms from 'ms';
import type { AuditEntry } from '../session/audit/audit-entries.ts';
import { type CommandLine, describeError, printable, requireConfig } from './command-line.ts';

interface AuditOptions {
  readonly json?: boolean;
  readonly user?: string;
  /** Epoch milliseconds. */
  readonly since?: number;
}

const HELP = `
The oldest entry first. Entries are there as long as AUDIT_LOG=store was set when they were made, until AUDIT_LOG_TTL
is over.

Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`;

/** Adds `audit`. */
export function addAuditCommand(program: Command, line: CommandLine): void {
  program
    .command('audit')
    .description('print what happened to users, of AUDIT_LOG=store, while gateways run or not')
    .option('--user <id>', 'only what is about this user id', parseUserId)
    .option('--since <time>', 'only from then on: a duration such as "2h", or RFC 3339', parseSince)
    .option('--json', 'print one line of JSON for each entry')
    .addHelpText('after', HELP)
    .action((options: AuditOptions) => printAudit(line, options));
}

async function printAudit(line: CommandLine, { json, since, user }: AuditOptions): Promise<void> {
  const config = requireConfig(line);
  // Loaded only now, so that `--help` and a wrong configuration answer at once.
  const [{ createLog }, { AUDIT_COLLECTION, createAuditEntries }, { withStore }] =
    await Promise.all([
      import('../log.ts'),
      import('../session/audit/audit-entries.ts'),
      import('./with-store.ts'),
    ]);
  try {
    await withStore(config, createLog('silent'), async ({ store }) => {
      const entries = createAuditEntries(await store.collection(AUDIT_COLLECTION));
      for await (const entry of entries.read({ userId: user, since })) {
        line.write(json ? `${JSON.stringify(shown(entry))}\n` : describe(entry));
      }
    });
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

/** An entry without what is only for the store. */
function shown({ _id, expiresAt: _expiresAt, ...event }: AuditEntry) {
  return event;
}

/** One line: when, what, by whom, and the rest by name. */
function describe(entry: AuditEntry): string {
  const { actor, at, type, ...facts } = shown(entry);
  const named = Object.entries(facts).map(([name, value]) => `${name}=${textOf(value)}`);
  return `${printable([at.toISOString(), type, actor, ...named].join(' '))}\n`;
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

function parseUserId(value: string): string {
  if (/^[0-9a-f]{24}$/.test(value)) return value;
  throw new InvalidArgumentError('A user id is 24 hex digits in lower case.');
}

const DURATION = /^\d{1,9}(ms|s|m|h|d|w)$/;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

function parseSince(value: string): number {
  if (DURATION.test(value)) return Date.now() - ms(value as ms.StringValue);
  const time = RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError('It must be a duration such as "2h", or a time of RFC 3339.');
}
