/** How the text of a function becomes code: what App Services calls `exports = function …`. */
import { isNativeError } from 'node:util/types';
import { compileFunction } from 'node:vm';

/** What a function's file may name without declaring it, besides the globals of its context. */
export const SOURCE_PARAMETERS = ['exports', 'module', 'require', 'context'] as const;

/** After the text, so that `exports = …`, which assigns a parameter, reaches the outside. */
export const SOURCE_SUFFIX = '\n;return [exports, module.exports];';

/** The name under which a function appears in messages about it. */
function fileNameOf(name: string): string {
  return `functions/${name}.js`;
}

/** One line that says what and where, or `null` if the text is a function body of good syntax. */
export function findSyntaxError(name: string, source: string): string | null {
  try {
    compileFunction(source + SOURCE_SUFFIX, [...SOURCE_PARAMETERS], { filename: fileNameOf(name) });
    return null;
  } catch (error) {
    if (!isNativeError(error)) throw error;
    const line = /:(\d+)$/m.exec(error.stack?.split('\n', 1)[0] ?? '')?.[1];
    const place = line === undefined ? fileNameOf(name) : `${fileNameOf(name)}:${line}`;
    return `${place}: ${error.message}`;
  }
}
