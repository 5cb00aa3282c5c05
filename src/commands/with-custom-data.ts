/** The users' documents, opened for one command. */
import type { CustomData } from '../custom-data/custom-data.ts';
import { type GatewayError, isGatewayError } from '../errors.ts';
import { loadCustomDataSchema } from '../graphql/typed/schema-file.ts';
import { createLog } from '../log.ts';
import { openCustomData, openStore } from '../open-store.ts';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';

/**
 * Opens the store and the documents, runs the command and closes the store. What goes wrong ends the
 * process with exit code 1; warnings go to standard error.
 */
export async function withCustomData(
  line: CommandLine,
  run: (customData: CustomData) => Promise<void>,
): Promise<void> {
  const config = requireConfig(line);
  const log = createLog('warn', { write: line.writeError });
  const parts = { log, now: Date.now };
  try {
    const schema = await loadCustomDataSchema(config);
    const store = await openStore(config, { ...parts, mustExist: true });
    try {
      await run(await openCustomData(config, { ...parts, store, schema: () => schema }));
    } finally {
      await store.close();
    }
  } catch (error) {
    line.fail(describeFailure(error));
  }
}

/** One line for the error, with its code if it has one, and one for each of its details. */
function describeFailure(error: unknown): string[] {
  if (!isGatewayError(error)) return [describeError(error)];
  return [`${error.code}: ${describeError(error)}`, ...describeDetails(error)];
}

function describeDetails(error: GatewayError): string[] {
  if (isGatewayError(error, 'CUSTOM_DATA_INVALID')) {
    return error.details.violations.map(({ path, message }) => `  ${path || '/'}: ${message}`);
  }
  if (isGatewayError(error, 'FIELD_NOT_WRITABLE')) {
    return error.details.paths.map((path) => `  ${path}`);
  }
  if (isGatewayError(error, 'REVISION_CONFLICT')) {
    const { currentRevision } = error.details;
    return [currentRevision === null ? '  there is no document' : `  it is ${currentRevision}`];
  }
  return [];
}
