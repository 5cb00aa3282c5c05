/** The file that `CUSTOM_DATA_SCHEMA_FILE` names: taken as a whole or not at all. */
import type { Config } from '../../config.ts';
import type { CustomDataSchema } from '../../custom-data/schema/custom-data-schema.ts';
import { readJsonFile } from '../../json-file.ts';
import { createTypedModel } from './typed-model.ts';

/**
 * The schema of the documents; `null` if none is configured. Fails with a `SchemaFileError` that holds
 * every problem of the file, those of its GraphQL types included, or with an error for the operator if
 * the file cannot be read.
 */
export async function loadCustomDataSchema({
  customData: { schemaFile, userIdField },
}: Pick<Config, 'customData'>): Promise<CustomDataSchema | null> {
  const file = await readJsonFile('CUSTOM_DATA_SCHEMA_FILE', schemaFile);
  if (file === undefined) return null;
  // Most gateways have none: they need not load what validates.
  const { createCustomDataSchema } = await import('../../custom-data/schema/custom-data-schema.ts');
  return createCustomDataSchema(file, {
    userIdField,
    findTypeProblems: (root) => createTypedModel(root).problems,
  });
}
