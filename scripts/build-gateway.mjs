/**
 * Bundles the gateway into `dist`: the program, the processes that functions run in, and what they share. A start reads a
 * few files instead of two thousand, in two thirds of the time. Packages that have a binary, that an operator may
 * add to, or that are loaded by their name stay outside (docs/decisions/0039-bundle.md).
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writePackages } from './bundled-packages.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const OUTPUT = new URL('../dist/', import.meta.url);
const PROGRAMS = {
  main: 'src/main.ts',
  'function-process': 'src/functions/worker/entry.ts',
  'function-watchdog': 'src/functions/worker/watchdog.ts',
};
/** Packages that are installed beside the bundle. */
const OUTSIDE = [
  '@node-rs/argon2',
  '@node-rs/bcrypt',
  '@opentelemetry/api',
  'jsonwebtoken',
  'lmdb',
  'mongodb',
];

// Names have a hash, so what a build before has left would stay.
for (const name of await readdir(OUTPUT).catch(() => [])) {
  if (name !== 'pages') await rm(new URL(name, OUTPUT), { recursive: true });
}
const programs = Object.entries(PROGRAMS).filter(([, path]) => existsSync(`${ROOT}/${path}`));
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: Object.fromEntries(programs),
  outdir: 'dist',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: OUTSIDE,
  // Packages in CommonJS ask for modules of Node.js by this.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
const { dependencies } = JSON.parse(await readFile(`${ROOT}/package.json`, 'utf8'));
for (const { imports } of Object.values(metafile.outputs)) {
  for (const { external, kind, path } of imports) {
    // What a package asks for in a `try`, by `require`, it does without.
    const isNeeded = external && kind !== 'require-call' && !isBuiltin(path);
    if (isNeeded && dependencies[path] === undefined) throw new Error(`${path} is not installed`);
  }
}
await writePackages(metafile, OUTPUT);
