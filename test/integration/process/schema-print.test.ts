/** `schema print`: what a running gateway would answer to introspection, without one. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  buildClientSchema,
  buildSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory, startGateway, type TestEnv } from '../../support/gateway.ts';
import { createGraphQLClient } from '../../support/graphql-client.ts';
import { PROFILE_SCHEMA } from '../../support/schema.ts';

const TIMEOUT = 30_000;
const INTROSPECTION = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true });

describe('schema print', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let file: string;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify(PROFILE_SCHEMA));
  });
  afterAll(() => directory.remove());

  const sorted = (schema: GraphQLSchema) => printSchema(lexicographicSortSchema(schema));
  async function served(env: TestEnv): Promise<string> {
    const gateway = await startGateway({ DATA_DIR: join(directory.path, 'data'), ...env });
    const { data } = await createGraphQLClient(gateway.url)(INTROSPECTION);
    await gateway.stop();
    return sorted(buildClientSchema(data));
  }
  async function printed(args: readonly string[], env: TestEnv): Promise<string> {
    const DATA_DIR = join(directory.path, 'absent');
    const { exitCode, stdout, stderr } = await runCommand(['schema', 'print', ...args], {
      ...{ DATA_DIR, ...env },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(existsSync(DATA_DIR)).toBe(false);
    return sorted(buildSchema(stdout));
  }

  test(
    'prints the schema that the gateway serves',
    async () => {
      for (const env of [{}, { FEDERATION: 'true' }]) {
        expect(await printed([], env)).toBe(await served(env));
      }
    },
    TIMEOUT,
  );

  test(
    'prints the types of the schema file with it, of the configured one or of the one named',
    async () => {
      const env = { CUSTOM_DATA_SCHEMA_FILE: file };
      const expected = await served(env);
      expect(expected).toContain('writeTypedCustomUserData');
      expect(await printed([], env)).toBe(expected);
      expect(await printed([file], {})).toBe(expected);
    },
    TIMEOUT,
  );

  test(
    'prints with --federation what the gateway answers to routers, whether it is a subgraph here or not',
    async () => {
      const env = { CUSTOM_DATA_SCHEMA_FILE: file };
      const gateway = await startGateway({
        ...{ DATA_DIR: join(directory.path, 'data'), FEDERATION: 'true' },
        ...env,
      });
      const { data } = await createGraphQLClient(gateway.url)('{ _service { sdl } }');
      await gateway.stop();
      expect(data._service.sdl).toContain('writeTypedCustomUserData');
      for (const [args, variables] of [
        [[], env],
        [[file], { FEDERATION: 'true' }],
      ] as const) {
        const command = ['schema', 'print', '--federation', ...args];
        const { exitCode, stdout, stderr } = await runCommand(command, variables);
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
        expect(stdout).toBe(data._service.sdl);
      }
    },
    TIMEOUT,
  );

  test(
    'needs no store',
    async () => {
      const env = { MONGODB_URI: 'mongodb://127.0.0.1:1/' };
      expect(await printed([], env)).toContain('writeCustomUserData');
    },
    TIMEOUT,
  );

  test(
    'a schema that cannot be used exits 1 with every problem and prints nothing',
    async () => {
      const broken = join(directory.path, 'broken.json');
      await writeFile(broken, JSON.stringify({ type: 'object', properties: { a: { typo: 1 } } }));
      for (const name of [broken, join(directory.path, 'none.json')]) {
        const { exitCode, stdout, stderr } = await runCommand(['schema', 'print', name], {});
        expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
        expect(stderr).toMatch(/a\/typo|does not exist/);
      }
    },
    TIMEOUT,
  );
});
