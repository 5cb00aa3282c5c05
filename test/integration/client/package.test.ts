/** The package as others install it: packed, in a folder of its own, in Node, in a bundler and for the compiler. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { createTemporaryDirectory } from '../../support/gateway.ts';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
/** What an app has beside it; Apollo Client brings the last two. */
const PEERS = ['react', '@types/react', '@apollo/client', 'graphql', 'rxjs'];

let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
let files: string[];

beforeAll(async () => {
  directory = await createTemporaryDirectory();
  const { path } = directory;
  const npm = (folder: string, ...args: string[]) => run('npm', args, { cwd: folder });
  const packed = await npm(
    ROOT,
    ...['pack', '--workspace', 'client', '--ignore-scripts', '--json', '--pack-destination', path],
  );
  const [{ filename, files: entries }] = [JSON.parse(packed.stdout)]
    .flat()
    .flatMap((pack) => ('filename' in pack ? pack : Object.values(pack)));
  files = entries.map((entry: { readonly path: string }) => entry.path);
  await writeFile(join(path, 'package.json'), '{"type":"module","private":true}');
  await npm(path, 'install', '--offline', '--ignore-scripts', join(path, filename));
}, 120_000);
afterAll(() => directory.remove());

async function addPeers(): Promise<void> {
  for (const name of PEERS) {
    const place = join(directory.path, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), place);
  }
}

/** What a program in the folder prints. It must end by itself. */
async function runProgram(code: string): Promise<string> {
  await writeFile(join(directory.path, 'program.js'), code);
  const program = join(directory.path, 'program.js');
  return (await run(process.execPath, [program], { timeout: 20_000 })).stdout;
}

test('it has what is built, its README and its licence, and nothing else', () => {
  const others = files.filter((file) => !/^dist\/[\w/-]+\.(js|d\.ts)$/.test(file));
  expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
  expect(files).toEqual(
    expect.arrayContaining(
      ['index', 'apollo/index', 'changes/index', 'react/index'].flatMap((entry) => [
        `dist/${entry}.js`,
        `dist/${entry}.d.ts`,
      ]),
    ),
  );
});

test('it installs nothing else: no peer is asked for', async () => {
  const lock = JSON.parse(await readFile(join(directory.path, 'package-lock.json'), 'utf8'));
  expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/custom-user-data-client']);
});

test('the core runs in Node without peers, and keeps no process running', async () => {
  const printed = await runProgram(`
    import { createSession, GatewayError, OfflineError } from 'custom-user-data-client';
    const session = createSession({ url: 'http://127.0.0.1:9' });
    const error = await session.logIn({ anonymous: true }).catch((thrown) => thrown);
    console.log(session.status, error instanceof OfflineError, error.code, GatewayError.name);
    const storage = { getItem: async () => null, setItem: async () => {}, removeItem: async () => {} };
    const other = createSession({ url: 'http://127.0.0.1:9', storage });
    await other.ready;
    console.log(other.status);
  `);
  expect(printed).toBe('loggedOut true OFFLINE GatewayError\nloggedOut\n');
});

describe('with its peers', () => {
  beforeAll(addPeers);

  test('each entry is imported in Node', async () => {
    const printed = await runProgram(`
      import * as core from 'custom-user-data-client';
      import * as apollo from 'custom-user-data-client/apollo';
      import * as changes from 'custom-user-data-client/changes';
      import * as react from 'custom-user-data-client/react';
      for (const entry of [core, apollo, changes, react]) console.log(Object.keys(entry).sort().join(' '));
    `);
    expect(printed).toBe(
      'GatewayError OfflineError createSession\n' +
        'createSessionLink typePolicies\n' +
        'followChanges\n' +
        'SessionProvider useCustomData useSession\n',
    );
  });

  test('each entry is bundled for a page, with its peers as the only imports', async () => {
    for (const [entry, peers] of [
      ['', []],
      ['/apollo', ['@apollo/client']],
      ['/changes', []],
      ['/react', ['react']],
    ] as const) {
      const { metafile } = await build({
        stdin: {
          contents: `export * from 'custom-user-data-client${entry}';`,
          resolveDir: directory.path,
        },
        bundle: true,
        write: false,
        metafile: true,
        format: 'esm',
        platform: 'browser',
        external: [...PEERS],
      });
      const [output] = Object.values(metafile.outputs);
      const imported = output?.imports.map(({ path }) => path) ?? [];
      expect([entry, [...new Set(imported)]]).toEqual([entry, [...peers]]);
    }
  });

  test.each([
    ['a bundler', { module: 'esnext', moduleResolution: 'bundler' }],
    ['Node', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ])(
    'each entry has its types as %s finds them',
    async (_name, options) => {
      const { path } = directory;
      await writeFile(
        join(path, 'app.ts'),
        `
      import { createSession, type GatewayError, type Session } from 'custom-user-data-client';
      import { createSessionLink, typePolicies } from 'custom-user-data-client/apollo';
      import { followChanges } from 'custom-user-data-client/changes';
      import { SessionProvider, useCustomData, useSession } from 'custom-user-data-client/react';

      interface Settings { readonly theme: 'light' | 'dark' }
      const session: Session<Settings> = createSession<Settings>({ url: '', storage: localStorage, fetch });
      const theme: 'light' | 'dark' | undefined = session.user?.customData?.theme;
      await session.logIn({ emailPassword: { email: '', password: '' } });
      await session.writeCustomUserData({ theme: 'dark' }, { mode: 'MERGE', expectedRevision: null });
      // @ts-expect-error there is no such way to log in
      await session.logIn({ emailPassword: { email: '' } });
      // @ts-expect-error there is no such mode
      await session.writeCustomUserData({ theme: 'dark' }, { mode: 'merge' });
      // @ts-expect-error there is no such field
      await session.writeCustomUserData({ colour: 'dark' });
      export const link = createSessionLink(session);
      export const stop: () => void = followChanges(session, { url: '', fetch });
      export const provider = SessionProvider({ session });
      export const used = () => [useSession<Settings>().user?.customData?.theme, useCustomData<Settings>().customData?.theme];
      export const code = (error: GatewayError): string => error.code;
      export { theme, typePolicies };
      `,
      );
      const compilerOptions = {
        ...options,
        target: 'es2022',
        lib: ['es2022', 'dom'],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
      };
      await writeFile(
        join(path, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: ['app.ts'] }),
      );
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const checked = await run(process.execPath, [tsc], { cwd: path }).catch((error) => error);
      // Apollo Client's own declarations have faults under these options.
      const faults = String(checked.stdout)
        .split('\n')
        .filter((line) => /^(app\.ts|node_modules\/custom-user-data-client)/.test(line));
      expect(faults).toEqual([]);
    },
    60_000,
  );
});
