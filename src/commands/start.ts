/** `custom-user-data start`: runs the gateway until a signal stops it. */
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { type CommandLine, describeError, readConfig } from './command-line.ts';

/** Adds `start`, the default command. */
export function addStartCommand(program: Command, line: CommandLine): void {
  program
    .command('start', { isDefault: true })
    .description('start the gateway')
    .option('--json', 'print the address as one line of JSON instead of the banner')
    .action((options: { readonly json?: boolean }) => start(line, options.json === true));
}

const NO_RELOAD = 'SIGHUP does nothing with one process: restart it, or set WORKERS to 2 or more\n';

async function start(line: CommandLine, asJson: boolean): Promise<void> {
  const config = readConfig(line);
  // Loaded only now, so that `--help` and a wrong configuration answer at once.
  const loading = import('../app.ts').then(({ createApp }) => createApp(config));
  // Unheard, the signal would end the process.
  line.onSignal('SIGHUP', () => line.writeError(NO_RELOAD));
  let isStopping = false;
  const stop = () => {
    isStopping = true;
    const stopped = loading.then((app) => app.stop());
    stopped.then(
      () => line.exit(),
      (error: unknown) => line.fail([describeError(error)]),
    );
  };
  line.onSignal('SIGTERM', stop);
  line.onSignal('SIGINT', stop);
  const app = await loading;
  try {
    await app.start();
  } catch (error) {
    // Whoever stops it hears of that, not of a start that was cut off.
    if (isStopping) return;
    line.fail([describeStartError(error, config)]);
  }
  const started = { url: app.url(), store: config.store.kind };
  if (asJson) line.write(`${JSON.stringify(started)}\n`);
  else line.writeError(banner(line.version, app.url(), config));
}

/** What the system says of an address, with the variable to change. */
export function describeStartError(
  error: unknown,
  { host, port }: Pick<Config, 'host' | 'port'>,
): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'EADDRINUSE') return `PORT ${port} of ${host} is in use by another process`;
  if (code === 'EACCES') return `PORT ${port} needs rights that this process does not have`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST "${host}" is no address of this machine`;
  }
  if (code === 'EAI_AGAIN') return `HOST "${host}" cannot be looked up`;
  return describeError(error);
}

function banner(version: string, url: string, { store }: Config): string {
  const where = store.kind === 'embedded' ? `embedded store in ${store.dataDir}` : 'MongoDB';
  const body = '{"query":"mutation { logIn(credentials: {anonymous: true}) { accessToken } }"}';
  return [
    `Custom user data gateway ${version}, ${where}`,
    `  GraphQL and explorer  ${url}/graphql`,
    '  Try it:',
    `  curl -s ${url}/graphql -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n');
}
