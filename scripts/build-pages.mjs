/**
 * Bundles the pages of `src/pages` into `dist/pages`: files that have a hash of their content in their names, each with
 * its compressed forms beside it, and `pages.json`, which says what a page consists of.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';
import { writePackages } from './bundled-packages.mjs';

const ROOT = new URL('../', import.meta.url);
const OUTPUT = new URL('dist/pages/', ROOT);
/** What each page begins with: its script, which imports its style sheet, or that alone. */
const PAGES = { explorer: 'explorer/main.tsx', email: 'email/email.css' };

await rm(OUTPUT, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: fileURLToPath(ROOT),
  entryPoints: Object.fromEntries(
    Object.entries(PAGES).map(([page, path]) => [page, `src/pages/${path}`]),
  ),
  outdir: 'dist/pages/assets',
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  // Browsers that have `light-dark()` of CSS.
  target: ['chrome123', 'firefox120', 'safari17.5'],
  tsconfig: 'src/pages/tsconfig.json',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

const files = Object.entries(metafile.outputs);
/** @type {Record<string, { script?: string, style: string }>} */
const pages = {};
for (const [page, path] of Object.entries(PAGES)) {
  const output = files.find(([, { entryPoint }]) => entryPoint === `src/pages/${path}`);
  if (output === undefined) throw new Error(`${page} was not built`);
  const [file, { cssBundle }] = output;
  pages[page] =
    cssBundle === undefined
      ? { style: basename(file) }
      : { script: basename(file), style: basename(cssBundle) };
}
await writeFile(new URL('pages.json', OUTPUT), JSON.stringify(pages));
await writePackages(metafile, OUTPUT);
const compressed = files.map(([path]) => path).filter((path) => /\.(?:js|css)$/.test(path));
await Promise.all(compressed.map((path) => compress(new URL(path, ROOT))));

/** @param {URL} file */
async function compress(file) {
  const content = await readFile(file);
  const hints = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  const [brotli, gzipped] = await Promise.all([
    promisify(brotliCompress)(content, { params: hints }),
    promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  await Promise.all([
    writeFile(`${fileURLToPath(file)}.br`, brotli),
    writeFile(`${fileURLToPath(file)}.gz`, gzipped),
  ]);
}
