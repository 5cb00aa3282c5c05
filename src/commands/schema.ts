/** `custom-user-data schema …`: work with the schema of the documents. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config.ts';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';

/** Where the gateway is unless the configuration or an option says otherwise. */
const GATEWAY_URL = 'http://127.0.0.1:4000';

/** What `schema print` prints. */
interface PrintOptions {
  readonly federation?: boolean;
}

/** What `schema types` prints. */
interface TypesOptions {
  readonly client?: boolean;
  readonly functions?: boolean;
}

/** Adds `schema print`, `schema types` and `schema codegen`. */
export function addSchemaCommand(program: Command, line: CommandLine): void {
  const schema = program.command('schema').description('work with the schema of the documents');
  withFile(schema.command('print'))
    .description('print the GraphQL schema that the gateway serves, as SDL; needs no store')
    .option('--federation', 'as a subgraph, for the composition of a federated graph')
    .action((file: string | undefined, options: PrintOptions) => printSdl(line, file, options));
  withFile(schema.command('types'))
    .description(
      'print TypeScript types: of the typed GraphQL fields, for the client package, or for functions',
    )
    .option('--client', 'the document as `custom-user-data-client` shows and takes it')
    .addOption(
      new Option('--functions', 'the document with its BSON types, as functions see it').conflicts(
        'client',
      ),
    )
    .action((file: string | undefined, options: TypesOptions) => printTypes(line, file, options));
  withFile(schema.command('codegen'))
    .description('print a configuration of GraphQL Code Generator for clients, every scalar mapped')
    .option('--url <url>', `of the gateway; by default PUBLIC_URL or ${GATEWAY_URL}`, readUrl)
    .action((file: string | undefined, options: { readonly url?: string }) =>
      printCodegenConfig(line, file, options.url),
    );
}

function withFile(command: Command): Command {
  return command.argument('[file]', 'JSON Schema; CUSTOM_DATA_SCHEMA_FILE by default');
}

function requireConfigWith(line: CommandLine, file: string | undefined): Config {
  return requireConfig(line, file === undefined ? {} : { CUSTOM_DATA_SCHEMA_FILE: file });
}

async function printSdl(
  line: CommandLine,
  file: string | undefined,
  { federation }: PrintOptions,
): Promise<void> {
  const { printApi, printFederatedApi } = await import('../graphql/print-api.ts');
  const config = requireConfigWith(line, file);
  await printOf(line, config, (schema) =>
    federation ? printFederatedApi(schema) : printApi({ ...config, schema }),
  );
}

async function printCodegenConfig(
  line: CommandLine,
  file: string | undefined,
  url: string | undefined,
): Promise<void> {
  const config = requireConfigWith(line, file);
  const { printCodegen } = await import('../graphql/print-codegen.ts');
  const endpoint = endpointAt(url ?? config.publicUrl ?? GATEWAY_URL);
  await printOf(line, config, (schema) => printCodegen({ ...config, schema }, endpoint));
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It must be an http or https URL.');
}

/** The GraphQL endpoint of the gateway at `url`, which may name it already. */
const endpointAt = (url: string) => `${url.replace(/\/(?:graphql)?$/, '')}/graphql`;

async function printTypes(
  line: CommandLine,
  file: string | undefined,
  options: TypesOptions,
): Promise<void> {
  const [{ printTypeScript }, { printClientTypes }, { printDocumentTypes }] = await Promise.all([
    import('../graphql/typed/typescript.ts'),
    import('../custom-data/schema/client-types.ts'),
    import('../custom-data/schema/document-types.ts'),
  ]);
  await printOf(line, requireConfigWith(line, file), (schema) => {
    if (schema === null) return line.fail(['Name a file, or set CUSTOM_DATA_SCHEMA_FILE']);
    if (options.client) return printClientTypes(schema.root);
    return options.functions ? printDocumentTypes(schema.root) : printTypeScript(schema.root);
  });
}

/** Prints what `print` makes of the schema, of which every problem is printed instead. */
async function printOf(
  line: CommandLine,
  config: Config,
  print: (schema: CustomDataSchema | null) => string,
): Promise<void> {
  const { loadCustomDataSchema } = await import('../graphql/typed/schema-file.ts');
  try {
    line.write(print(await loadCustomDataSchema(config)));
  } catch (error) {
    line.fail([describeError(error)]);
  }
}
