/** `custom-user-data start`: runs the gateway until a signal stops it. */
import cluster from 'node:cluster';
import type { Command } from 'commander';
import { compareWith, describeExport } from '../config/app-export/describe-export.ts';
import type { ExportedApp } from '../config/app-export/exported-app.ts';
import type { Config } from '../config.ts';
import { type CommandLine, readConfigured } from './command-line.ts';
import { runApp } from './run-app.ts';
import { describeStartError } from './start-error.ts';

/** Adds `start`, the default command. */
export function addStartCommand(program: Command, line: CommandLine): void {
  program
    .command('start', { isDefault: true })
    .description('start the gateway')
    .option('--json', 'print the address as one line of JSON instead of the banner')
    .action((options: { readonly json?: boolean }) => start(line, options.json === true));
}

const NO_REPLACEMENT =
  'SIGHUP does nothing with WORKERS=1: restart the gateway to have files read anew, or set WORKERS to 2 or more';

async function start(line: CommandLine, asJson: boolean): Promise<void> {
  const { config, exported } = readConfigured(line);
  // One block, however many workers there are.
  if (exported !== null && !cluster.isWorker) await tellExport(line, exported, config);
  const onListening = (url: string) => {
    const started = { url, store: config.store.kind };
    if (asJson) line.write(`${JSON.stringify(started)}\n`);
    else line.writeError(banner(line.version, url, config));
  };
  if (config.workers > 1) {
    const { runWorkers } = await import('./workers/run-workers.ts');
    return runWorkers({ line, config, onListening });
  }
  runApp({
    line,
    config,
    onListening,
    openOverrides: async () => {
      const { createLog } = await import('../log.ts');
      return { log: createLog(config.logLevel) };
    },
    onHangUp: (log) => log.warn({ workers: 1 }, NO_REPLACEMENT),
    onFailure: (error) => line.fail([describeStartError(error, config)]),
  });
}

/** Says what came of the exported app; of what is set otherwise the log says so too. */
async function tellExport(
  { env, writeError }: CommandLine,
  exported: ExportedApp,
  { logLevel }: Config,
): Promise<void> {
  writeError(describeExport(exported, env));
  const { overruled } = compareWith(exported, env);
  if (overruled.length === 0) return;
  const { createSharedLog } = await import('../log.ts');
  const log = createSharedLog(logLevel);
  for (const { from, value, variable } of overruled) {
    log.warn({ variable, exported: value, from }, 'a variable overrules the exported app');
  }
}

function banner(version: string, url: string, config: Config): string {
  const { explorer, introspection, store } = config;
  const hasPages = explorer ?? introspection;
  const where = store.kind === 'embedded' ? `embedded store in ${store.dataDir}` : 'MongoDB';
  const body = '{"query":"mutation { logIn(credentials: {anonymous: true}) { accessToken } }"}';
  return [
    `Custom user data gateway ${version}, ${where}`,
    `  GraphQL   ${url}/graphql`,
    ...(hasPages ? [`  Explorer  ${url}/`] : []),
    '  Try it:',
    `  curl -s ${url}/graphql -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n');
}
