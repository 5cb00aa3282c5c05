/** `custom-user-data schema …`: work with the schema of the documents. */
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';

/** Adds `schema print` and `schema types`. */
export function addSchemaCommand(program: Command, line: CommandLine): void {
  const schema = program.command('schema').description('work with the schema of the documents');
  withFile(schema.command('print'))
    .description('print the GraphQL schema that the gateway serves, as SDL; needs no store')
    .action((file: string | undefined) => printSdl(line, file));
  withFile(schema.command('types'))
    .description(
      'print TypeScript types: of the typed GraphQL fields, for clients, or for functions',
    )
    .option('--functions', 'the document with its BSON types, as functions see it')
    .action((file: string | undefined, options: { readonly functions?: boolean }) =>
      printTypes(line, file, options.functions === true),
    );
}

function withFile(command: Command): Command {
  return command.argument('[file]', 'JSON Schema; CUSTOM_DATA_SCHEMA_FILE by default');
}

function requireConfigWith(line: CommandLine, file: string | undefined): Config {
  return requireConfig(line, file === undefined ? {} : { CUSTOM_DATA_SCHEMA_FILE: file });
}

async function printSdl(line: CommandLine, file: string | undefined): Promise<void> {
  const config = requireConfigWith(line, file);
  const [{ loadCustomDataSchema }, { printApi }] = await Promise.all([
    import('../graphql/typed/schema-file.ts'),
    import('../graphql/print-api.ts'),
  ]);
  try {
    line.write(printApi(await loadCustomDataSchema(config)));
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

async function printTypes(
  line: CommandLine,
  file: string | undefined,
  isForFunctions: boolean,
): Promise<void> {
  const config = requireConfigWith(line, file);
  const [{ loadCustomDataSchema }, { printTypeScript }, { printDocumentTypes }] = await Promise.all(
    [
      import('../graphql/typed/schema-file.ts'),
      import('../graphql/typed/typescript.ts'),
      import('../custom-data/schema/document-types.ts'),
    ],
  );
  try {
    const schema = await loadCustomDataSchema(config);
    if (schema === null) line.fail(['Name a file, or set CUSTOM_DATA_SCHEMA_FILE']);
    line.write(isForFunctions ? printDocumentTypes(schema.root) : printTypeScript(schema.root));
  } catch (error) {
    line.fail([describeError(error)]);
  }
}
