/** `schema codegen`: what it prints is run by GraphQL Code Generator, against the gateway that it names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema, isScalarType, isSpecifiedScalarType } from 'graphql';
import { printApi } from '../../../src/graphql/print-api.ts';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../../support/gateway.ts';
import { objectSchema } from '../../support/schema.ts';

const MODULES = new URL('../../../node_modules', import.meta.url).pathname;
const TIMEOUT = 60_000;

const PROPERTIES = {
  language: { type: 'string', enum: ['en-US', 'de'] },
  theme: { type: 'string', enum: ['light', 'dark'] },
  visits: { type: 'integer', 'x-bson': 'long' },
  balance: { type: 'string', 'x-bson': 'decimal' },
};

// What a client writes: every field of another scalar, and what its type must then be.
const APP = `import { graphql } from './gql';
import type { ChangeMutationVariables, MeQuery } from './gql/graphql';

export const ME = graphql(\`query Me {
  me { id customData customDataReadAt customUserData { language theme visits balance } }
}\`);
export const CHANGE = graphql(\`mutation Change($visits: Long) {
  writeTypedCustomUserData(newCustomUserData: { visits: $visits }) { accessToken }
}\`);

type User = NonNullable<MeQuery['me']>;
type Data = NonNullable<User['customUserData']>;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
export const same: readonly true[] = [
  true satisfies Same<User['customDataReadAt'], string>,
  true satisfies Same<User['id'], string>,
  true satisfies Same<User['customData'], unknown>,
  true satisfies Same<NonNullable<Data['visits']>, string>,
  true satisfies Same<NonNullable<Data['theme']>, 'light' | 'dark'>,
  true satisfies Same<NonNullable<ChangeMutationVariables['visits']>, string | number>,
];
`;

describe('schema codegen', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let gateway: TestGateway;
  let file: string;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify({ type: 'object', properties: PROPERTIES }));
    const DATA_DIR = join(directory.path, 'data');
    gateway = await startGateway({ DATA_DIR, CUSTOM_DATA_SCHEMA_FILE: file });
    await mkdir(join(directory.path, 'src'));
    await writeFile(join(directory.path, 'src/app.ts'), APP);
    await symlink(MODULES, join(directory.path, 'node_modules'));
  });
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
  });

  async function runTool(...args: readonly string[]): Promise<string> {
    const [tool, ...rest] = args;
    const child = spawn(process.execPath, [join(MODULES, tool as string), ...rest], {
      ...{ cwd: directory.path, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (child.exitCode === null) await once(child, 'exit');
    return child.exitCode === 0 ? '' : `${tool} ended with ${child.exitCode}\n${out}${error}`;
  }

  test(
    'the generator makes types of it, in which no scalar is `any` and none is missing',
    async () => {
      const { exitCode, stderr, stdout } = await runCommand(
        ['schema', 'codegen', file, '--url', gateway.url],
        {},
      );
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      await writeFile(join(directory.path, 'codegen.ts'), stdout);
      const generator = '@graphql-codegen/cli/esm/bin.js';
      expect(await runTool(generator, '--config', 'codegen.ts')).toBe('');
      const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext'];
      const resolution = ['--moduleResolution', 'bundler', '--ignoreConfig'];
      expect(await runTool('typescript/bin/tsc', ...options, ...resolution, 'src/app.ts')).toBe('');
      const generated = await readFile(join(directory.path, 'src/gql/graphql.ts'), 'utf8');
      expect(generated).not.toMatch(/\bany\b(?=;)/);
    },
    TIMEOUT,
  );

  test('every scalar of the API is mapped, with a schema and without, of a subgraph, too', async () => {
    for (const [args, schema, federation] of [
      [[file], objectSchema(PROPERTIES), false],
      [[], null, false],
      [[], null, true],
    ] as const) {
      const { stdout } = await runCommand(['schema', 'codegen', ...args], {
        FEDERATION: String(federation),
      });
      const scalars = Object.values(buildSchema(printApi({ schema, federation })).getTypeMap())
        .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
        .map(({ name }) => name);
      expect(scalars).toEqual(expect.arrayContaining(['JSON', 'DateTime']));
      for (const name of scalars) expect(stdout).toContain(`\n          ${name}: `);
    }
  });

  test.each([
    [{}, [], 'http://127.0.0.1:4000/graphql'],
    [{ PUBLIC_URL: 'https://gateway.example' }, [], 'https://gateway.example/graphql'],
    [
      { PUBLIC_URL: 'https://gateway.example' },
      ['--url', 'https://other.example/graphql'],
      'https://other.example/graphql',
    ],
  ])('it names the gateway: %j %j', async (env, args, url) => {
    const { stdout } = await runCommand(['schema', 'codegen', ...args], env);
    expect(stdout).toContain(`schema: "${url}",`);
  });

  test('what is no URL is wrong usage', async () => {
    const { exitCode, stderr } = await runCommand(['schema', 'codegen', '--url', 'ftp://a'], {});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('http or https URL');
  });
});
