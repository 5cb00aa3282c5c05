/** How the text of a function becomes code: what App Services calls `exports = function …`. */

/** What a function's file may name without declaring it, besides the globals of its context. */
export const SOURCE_PARAMETERS = ['exports', 'module', 'require', 'context'] as const;

/** After the text, so that `exports = …`, which assigns a parameter, reaches the outside. */
export const SOURCE_SUFFIX = '\n;return [exports, module.exports];';
