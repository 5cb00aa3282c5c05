/** `schema types --client`: what it prints types the client package, which the TypeScript compiler says. */
import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';

const MODULES = new URL('../../../node_modules', import.meta.url).pathname;
const TIMEOUT = 60_000;

const SCHEMA = {
  type: 'object',
  required: ['theme'],
  properties: {
    theme: { type: 'string', enum: ['light', 'dark'] },
    language: { type: 'string', enum: ['en-US', 'de'] },
    born: { type: 'string', 'x-bson': 'date' },
    visits: { type: 'integer', 'x-bson': 'long' },
    plan: { type: 'string', readOnly: true },
    pin: { type: 'string', writeOnly: true },
  },
};

// Every line after a `@ts-expect-error` has to be wrong: the compiler says so if it is not.
const APP = `import './custom-data.ts';
import { createSession, type Session } from 'custom-user-data-client';
import { useCustomData, useSession } from 'custom-user-data-client/react';

export async function use(session: Session) {
  const { customData, writeCustomUserData } = useCustomData();
  const theme: 'light' | 'dark' | undefined = customData?.theme;
  const plan: string | undefined = useSession().user?.customData?.plan;
  await writeCustomUserData({ theme: 'dark', pin: '1234', visits: { $numberLong: '5' } });
  await session.writeCustomUserData({ born: { $date: '2026-01-31T09:30:00Z' }, language: null });
  // @ts-expect-error: no value of the enumeration
  await writeCustomUserData({ language: 'en' });
  // @ts-expect-error: users may not write it
  await session.writeCustomUserData({ plan: 'gold' });
  // @ts-expect-error: a text is no date
  await session.writeCustomUserData({ born: '2026-01-31T09:30:00Z' });
  // @ts-expect-error: users do not see it
  console.log(session.user?.customData?.pin);
  // @ts-expect-error: there is no such field
  console.log(customData?.nickname);
  // Another type, where an app has several.
  const other = createSession<{ readonly a: number }>({ url: 'https://gateway.example' });
  const a: number | undefined = other.user?.customData?.a;
  await other.writeCustomUserData({ a: 1 });
  // @ts-expect-error: there is no such field
  await other.writeCustomUserData({ theme: 'dark' });
  return { theme, plan, a };
}
declare const console: { log(value: unknown): void };
`;

describe('schema types --client', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    await writeFile(join(directory.path, 'schema.json'), JSON.stringify(SCHEMA));
    await writeFile(join(directory.path, 'app.ts'), APP);
    await symlink(MODULES, join(directory.path, 'node_modules'));
  });
  afterAll(() => directory.remove());

  test(
    'session and hooks have the types of the schema',
    async () => {
      const { path } = directory;
      const { exitCode, stderr, stdout } = await runCommand(
        ['schema', 'types', '--client', join(path, 'schema.json')],
        {},
      );
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      await writeFile(join(path, 'custom-data.ts'), stdout);
      const options = ['--noEmit', '--strict', '--skipLibCheck', '--lib', 'ES2022', '--types', ''];
      const modules = ['--module', 'esnext', '--moduleResolution', 'bundler', '--ignoreConfig'];
      const tsc = join(MODULES, 'typescript/bin/tsc');
      const args = [tsc, ...options, ...modules, '--allowImportingTsExtensions', 'app.ts'];
      const run = promisify(execFile)(process.execPath, args, { cwd: path });
      expect(await run.catch((error) => error.stdout)).toMatchObject({ stdout: '' });
    },
    TIMEOUT,
  );

  test('with --functions at once is wrong usage', async () => {
    const { exitCode } = await runCommand(['schema', 'types', '--client', '--functions'], {});
    expect(exitCode).toBe(2);
  });
});
