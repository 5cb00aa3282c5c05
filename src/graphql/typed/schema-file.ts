/** The file that `CUSTOM_DATA_SCHEMA_FILE` names: taken as a whole or not at all. */
import type { Config } from '../../config.ts';
import type { CustomDataSchema } from '../../custom-data/schema/custom-data-schema.ts';
import { readJsonFile } from '../../json-file.ts';
import type { Log } from '../../log.ts';
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

/** Up to version 0.1 such fields were for operators alone. */
export function warnOfWriteOnly(schema: CustomDataSchema | null, log: Pick<Log, 'warn'>): void {
  const fields = schema?.writeOnlyPaths ?? [];
  if (fields.length === 0) return;
  log.warn(
    { fields },
    'fields of the schema are writeOnly without readOnly: users may write them. For operators alone, add "readOnly": true',
  );
}
