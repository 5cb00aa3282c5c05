/** `custom-user-data users …`: what an operator does to users, also while gateways run. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Account, IdentityProvider } from '../account/account.ts';
import type { UserAdministration } from '../session/administer.ts';
import { type CommandLine, describeError, printable, requireConfig } from './command-line.ts';

/** Options that every command has. */
interface OutputOptions {
  readonly json?: boolean;
}

/** Options of `users list`. */
interface ListOptions extends OutputOptions {
  readonly email?: string;
  readonly provider?: string;
  readonly after?: string;
  readonly limit: number;
}

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

/** Commands that name a user: method of the administration, what was done, and what is done, in words. */
const ACTIONS = [
  ['disable', 'disable', 'disabled', 'refuse every log-in and end every session'],
  ['enable', 'enable', 'enabled', 'allow log-ins again'],
  ['revoke-sessions', 'revokeSessions', 'logged out everywhere', 'end every session'],
  [
    'delete',
    'delete',
    'deleted',
    'delete a user with sessions and API keys; the document stays unless DELETE_CUSTOM_DATA_WITH_USER is true',
  ],
] as const;

/** Adds the `users` commands. */
export function addUsersCommand(program: Command, line: CommandLine): void {
  const users = program
    .command('users')
    .description('list, disable, enable, log out and delete users; gateways may run meanwhile');
  addList(users, line);
  for (const [name, method, done, description] of ACTIONS) {
    users
      .command(name)
      .description(description)
      .argument('<user>', 'user id, or the e-mail address that the user logs in with')
      .option('--json', 'print JSON')
      .action((user: string, { json }: OutputOptions) =>
        withUsers(line, async (administration) => {
          const id = await administration[method](user);
          if (id === null) throw new Error('There is no such user');
          line.write(json ? toJson({ id, done: name }) : `${id} ${done}\n`);
        }),
      );
  }
}

function addList(users: Command, line: CommandLine): void {
  users
    .command('list')
    .description('list users by age, the oldest first; those who never logged in are none yet')
    .option('--email <address>', 'only those with this e-mail address, exactly as written')
    .option('--provider <name>', 'only those who can log in with it, such as local-userpass')
    .option('--limit <number>', `at most so many, up to ${MAX_PAGE}`, parseLimit, DEFAULT_PAGE)
    .option('--after <id>', 'begin after this user id, which the page before ended with')
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: ListOptions, command: Command) => {
      const query = await toQuery(options, command);
      await withUsers(line, async (administration) => {
        const { accounts, next } = await administration.list(query);
        line.write(
          json ? toJson({ users: accounts.map(describe), next }) : toTable(accounts, next),
        );
      });
    });
}

/** Runs one command on the configured store; an error ends the process. */
async function withUsers(
  line: CommandLine,
  run: (administration: UserAdministration) => Promise<void>,
): Promise<void> {
  const config = requireConfig(line);
  // Loaded only now, so that `--help` and a wrong configuration answer at once.
  const [
    { createLog },
    { openCustomData },
    { openStoredUsers },
    { loadFunctions },
    { openTriggers },
    administration,
    { withStore },
    { withAudit },
  ] = await Promise.all([
    import('../log.ts'),
    import('../open-store.ts'),
    import('../session/open-users.ts'),
    import('../optional-parts.ts'),
    import('../session/auth-events.ts'),
    import('../session/administer.ts'),
    import('./with-store.ts'),
    import('./with-audit.ts'),
  ]);
  try {
    await withStore(config, createLog('silent'), async (opened) => {
      const customData = await openCustomData(config, { ...opened, schema: null });
      await withAudit(line, config, opened, async ({ onUserEvent }) => {
        const actor = 'OPERATOR' as const;
        // Deletions are noted; the gateways run what waits for them.
        const noting = { ...opened, config, customData, functions: null };
        const authEvents = await openTriggers(loadFunctions, noting);
        const parts = { ...opened, actor, authEvents, config, customData, onUserEvent };
        const { users } = await openStoredUsers(parts);
        await run(administration.createUserAdministration(users));
      });
    });
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_PAGE}.`);
}

async function toQuery({ provider, ...query }: ListOptions, command: Command) {
  if (provider === undefined) return query;
  const { IDENTITY_PROVIDERS } = await import('../account/account.ts');
  const isProvider = (name: string): name is IdentityProvider =>
    (IDENTITY_PROVIDERS as readonly string[]).includes(name);
  if (isProvider(provider)) return { ...query, provider };
  return command.error(`error: --provider must be one of ${IDENTITY_PROVIDERS.join(', ')}`);
}

function describe({ _id, createdAt, disabled, identities }: Account) {
  return {
    id: _id,
    createdAt: createdAt.toISOString(),
    isDisabled: disabled,
    identities: identities.map(({ id, provider, data }) => ({ id, provider, data })),
  };
}

function toTable(accounts: readonly Account[], next: string | null): string {
  const rows = accounts.map(({ _id, createdAt, disabled, identities }) => {
    const names = identities.map(({ provider, data }) =>
      typeof data.email === 'string' ? `${provider} (${printable(data.email)})` : provider,
    );
    const state = disabled ? 'disabled' : 'enabled ';
    return `${_id}  ${createdAt.toISOString()}  ${state}  ${names.join(', ')}\n`;
  });
  return rows.join('') + (next === null ? '' : `More: --after ${next}\n`);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
