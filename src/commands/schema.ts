/** `custom-user-data schema …`: work with the schema of the documents. */
import type { Command } from 'commander';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';

/** Adds `schema types`. */
export function addSchemaCommand(program: Command, line: CommandLine): void {
  program
    .command('schema')
    .description('work with the schema of the documents')
    .command('types')
    .description('print TypeScript types of the typed GraphQL fields, for clients')
    .argument('[file]', 'the schema; CUSTOM_DATA_SCHEMA_FILE by default')
    .action((file: string | undefined) => printTypes(line, file));
}

async function printTypes(line: CommandLine, file: string | undefined): Promise<void> {
  const config = requireConfig(line, file === undefined ? {} : { CUSTOM_DATA_SCHEMA_FILE: file });
  const [{ loadCustomDataSchema }, { printTypeScript }] = await Promise.all([
    import('../graphql/typed/schema-file.ts'),
    import('../graphql/typed/typescript.ts'),
  ]);
  try {
    const schema = await loadCustomDataSchema(config);
    if (schema === null) line.fail(['Name a file, or set CUSTOM_DATA_SCHEMA_FILE']);
    line.write(printTypeScript(schema.root));
  } catch (error) {
    line.fail([describeError(error)]);
  }
}
