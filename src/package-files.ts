/**
 * Where the files of the package are: `schema/`, `dist/` and `package.json`. This module is one folder deep wherever it
 * is: in `src`, compiled in `build`, and in the bundles in `dist`, which have no folders.
 */
const ROOT = new URL('../', import.meta.url);

/** The address of a file or, with a `/` at its end, of a folder of the package. */
export function packageFile(path: string): URL {
  return new URL(path, ROOT);
}
