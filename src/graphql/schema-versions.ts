/** The schema of the documents and the GraphQL server made for it: replaced together or not at all. */
import type { ApolloServer } from '@apollo/server';
import type { Config } from '../config.ts';
import {
  type CustomDataSchema,
  SchemaFileError,
} from '../custom-data/schema/custom-data-schema.ts';
import { createVersions, type Versions } from '../versions.ts';
import type { GraphQLContext } from './context.ts';
import { createGraphQLServer, type GraphQLServerOptions } from './graphql-server.ts';
import { loadCustomDataSchema } from './typed/schema-file.ts';

/** What a version is made of beside the file. */
export interface SchemaVersionsOptions extends Omit<GraphQLServerOptions, 'schema'> {
  readonly customData: Config['customData'];
}

/** The schema and the GraphQL server in force. */
export type SchemaVersions = Awaited<ReturnType<typeof openSchemaVersions>>;

/** One version. */
interface SchemaVersion {
  readonly schema: CustomDataSchema | null;
  readonly graphql: ApolloServer<GraphQLContext>;
}

/** Reads the file and makes the first version. Fails as `reload`. */
export async function openSchemaVersions(options: SchemaVersionsOptions) {
  const { log } = options;
  const versions = createVersions(await loadVersion(options));
  const servers = new Set([versions.current().graphql]);
  let lastReload: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function retire(graphql: SchemaVersion['graphql']): Promise<void> {
    servers.delete(graphql);
    await graphql.stop();
  }

  async function reload(): Promise<void> {
    if (isStopped) return;
    if (options.customData.schemaFile === undefined) {
      log.info('CUSTOM_DATA_SCHEMA_FILE is not set, there is nothing to reload');
      return;
    }
    const next = await loadVersion(options).catch((error: unknown) => {
      log.error(
        describeFailure(error),
        'the schema is not reloaded, the one before stays in force',
      );
      throw error;
    });
    servers.add(next.graphql);
    versions
      .replace(next)
      .then(({ graphql }) => retire(graphql))
      .catch((error: unknown) => log.warn({ err: error }, 'a GraphQL server did not stop'));
    log.info('the schema is reloaded');
  }

  /** Runs a request under one version, whatever is reloaded meanwhile. */
  const run: Versions<unknown>['run'] =
    // Following requests costs time on Node 20 (bench/me.mjs), and without a file there is one version.
    options.customData.schemaFile === undefined ? (request) => request() : versions.run;

  return {
    /** The schema that the running request started with, otherwise the latest; `null`: none is configured. */
    schema: () => versions.current().schema,
    /** The GraphQL server of that schema. */
    graphql: () => versions.current().graphql,
    run,
    /**
     * Reads the file again and puts the new schema in force for requests that start from then on. Fails
     * with every problem if it cannot be used; then nothing has changed. Both outcomes are logged. One
     * reload runs at a time.
     */
    reload(): Promise<void> {
      const done = lastReload.then(reload);
      lastReload = done.catch(() => undefined);
      return done;
    },
    /** Lets a reload finish, then stops the servers of all versions. Later reloads do nothing. */
    async stop() {
      isStopped = true;
      await lastReload;
      await Promise.all([...servers].map(retire));
    },
  };
}

async function loadVersion({
  customData,
  ...options
}: SchemaVersionsOptions): Promise<SchemaVersion> {
  const schema = await loadCustomDataSchema({ customData });
  const fields = schema?.writeOnlyPaths ?? [];
  if (fields.length > 0) {
    // Up to version 0.1 such fields were for operators alone.
    options.log.warn(
      { fields },
      'fields of the schema are writeOnly without readOnly: users may write them. For operators alone, add "readOnly": true',
    );
  }
  return { schema, graphql: await createGraphQLServer({ ...options, schema }) };
}

/** For the log: every problem of the file, or whatever else went wrong. */
function describeFailure(error: unknown): object {
  return error instanceof SchemaFileError ? { problems: error.problems } : { err: error };
}
