#!/usr/bin/env node
/** The process edge: arguments, environment, signals, exit codes. Nothing else uses `process`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { parseConfig } from './config.ts';
import { isGatewayError } from './errors.ts';

/** The version of the package, one folder above both `src` and `dist`. */
const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

function fail(lines: readonly string[]): never {
  for (const line of lines) process.stderr.write(`custom-user-data: ${line}\n`);
  process.exit(EXIT_FAILURE);
}

function describe(error: unknown): string {
  if (isGatewayError(error, 'SERVICE_UNAVAILABLE')) {
    return `${error.message} (${describe(error.cause)})`;
  }
  return error instanceof Error ? error.message : String(error);
}

function banner(url: string, store: string): string {
  const body = '{"query":"mutation { logIn(credentials: {anonymous: true}) { accessToken } }"}';
  return [
    `Custom user data gateway ${version}, ${store}`,
    `  GraphQL and explorer  ${url}/graphql`,
    '  Try it:',
    `  curl -s ${url}/graphql -H 'content-type: application/json' -d '${body}'`,
    '',
  ].join('\n');
}

async function start(options: { readonly json?: boolean }): Promise<void> {
  const result = parseConfig(process.env);
  if (result.type === 'error') fail(result.problems);
  const { config } = result;
  // Loaded only now, so that `--help` and a wrong configuration answer at once.
  const { createApp } = await import('./app.ts');
  const app = createApp(config);
  const stop = () => {
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => fail([describe(error)]),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  try {
    await app.start();
  } catch (error) {
    fail([describe(error)]);
  }
  const store =
    config.store.kind === 'embedded' ? `embedded store in ${config.store.dataDir}` : 'MongoDB';
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ url: app.url(), store: config.store.kind })}\n`
      : banner(app.url(), store),
  );
}

async function printTypes(file: string | undefined): Promise<void> {
  const result = parseConfig({
    ...process.env,
    ...(file === undefined ? {} : { CUSTOM_DATA_SCHEMA_FILE: file }),
  });
  if (result.type === 'error') fail(result.problems);
  const [{ loadCustomDataSchema }, { printTypeScript }] = await Promise.all([
    import('./graphql/typed/schema-file.ts'),
    import('./graphql/typed/typescript.ts'),
  ]);
  try {
    const schema = await loadCustomDataSchema(result.config);
    if (schema === null) fail(['Name a file, or set CUSTOM_DATA_SCHEMA_FILE']);
    process.stdout.write(printTypeScript(schema.root));
  } catch (error) {
    fail([describe(error)]);
  }
}

const program = new Command('custom-user-data')
  .description('Self-hosted gateway for custom user data. Configured by environment variables.')
  .version(version)
  .exitOverride();

program
  .command('start', { isDefault: true })
  .description('start the gateway')
  .option('--json', 'print the address as one line of JSON instead of the banner')
  .action(start);

program
  .command('schema')
  .description('work with the schema of the documents')
  .command('types')
  .description('print TypeScript types of the typed GraphQL fields, for clients')
  .argument('[file]', 'the schema; CUSTOM_DATA_SCHEMA_FILE by default')
  .action(printTypes);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
}
