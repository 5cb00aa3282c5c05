/** `custom-user-data schema …`: work with the schema of the documents. */
import type { Command } from 'commander';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';

/** Adds `schema types`. */
export function addSchemaCommand(program: Command, line: CommandLine): void {
  program
    .command('schema')
    .description('work with the schema of the documents')
    .command('types')
    .description(
      'print TypeScript types: of the typed GraphQL fields, for clients, or for functions',
    )
    .argument('[file]', 'the schema; CUSTOM_DATA_SCHEMA_FILE by default')
    .option('--functions', 'the document with its BSON types, as functions see it')
    .action((file: string | undefined, options: { readonly functions?: boolean }) =>
      printTypes(line, file, options.functions === true),
    );
}

async function printTypes(
  line: CommandLine,
  file: string | undefined,
  isForFunctions: boolean,
): Promise<void> {
  const config = requireConfig(line, file === undefined ? {} : { CUSTOM_DATA_SCHEMA_FILE: file });
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
