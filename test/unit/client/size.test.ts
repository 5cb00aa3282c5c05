import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';

const SOURCE = join(import.meta.dirname, '../../../client/src');

/** Bytes of a module that a bundler makes of `code`, minified and compressed, peers out. */
async function weigh(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: SOURCE, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'error',
    format: 'esm',
    target: 'es2022',
    external: ['react', '@apollo/client', '@apollo/client/*'],
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

describe('in a page', () => {
  test('the core has at most 4 kB', async () => {
    expect(await weigh("export * from './index.ts';")).toBeLessThanOrEqual(4_000);
  });

  test('the core with the link for Apollo Client and the hooks for React has at most 7 kB', async () => {
    const all = `
      export * from './index.ts';
      export * from './apollo/index.ts';
      export * from './react/index.ts';
    `;
    expect(await weigh(all)).toBeLessThanOrEqual(7_000);
  });

  test('what is not used of it has nothing', async () => {
    expect(await weigh("import './index.ts';")).toBeLessThan(50);
    expect(await weigh("export { OfflineError } from './index.ts';")).toBeLessThan(250);
    expect(await weigh("export { typePolicies } from './apollo/index.ts';")).toBeLessThan(250);
    expect(await weigh("export { useSession } from './react/index.ts';")).toBeLessThan(500);
  });
});
