/** Checks the text of a function, and makes a function body of one that is a module. */
import { isNativeError } from 'node:util/types';
import { compileFunction } from 'node:vm';
import { SOURCE_PARAMETERS, SOURCE_SUFFIX } from './app-definition.ts';

/**
 * The text of a function as it is run: as it stands, or with static `import` and `export` made into `require`
 * and `exports`, which a function body has instead. Lines keep their numbers.
 *
 * @param path of the file, relative to the folder of the functions.
 * @throws SyntaxError of one line that says what and where.
 */
export async function prepareSource(path: string, source: string): Promise<string> {
  const problem = findSyntaxError(path, source);
  if (problem === null) return source;
  const body = await toFunctionBody(source);
  if (body !== null && findSyntaxError(path, body) === null) return body;
  throw new SyntaxError(problem);
}

/** `null` if the text is no module either. The library is loaded for the first text that may be one: few are. */
async function toFunctionBody(source: string): Promise<string | null> {
  const { transform } = await import('sucrase');
  try {
    return transform(source, { transforms: ['imports'], preserveDynamicImport: true }).code;
  } catch {
    // What is wrong was said about the text as it stands.
    return null;
  }
}

function findSyntaxError(path: string, source: string): string | null {
  const filename = `functions/${path}`;
  try {
    compileFunction(source + SOURCE_SUFFIX, [...SOURCE_PARAMETERS], { filename });
    return null;
  } catch (error) {
    if (!isNativeError(error)) throw error;
    const line = /:(\d+)$/m.exec(error.stack?.split('\n', 1)[0] ?? '')?.[1];
    return `${line === undefined ? filename : `${filename}:${line}`}: ${error.message}`;
  }
}
