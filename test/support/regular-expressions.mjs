/**
 * Checks every regular expression of the compiled code and prints what it found as JSON. A process of its
 * own, since the checker is ten times as fast outside of a test environment.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { parse } from 'acorn';
import { simple } from 'acorn-walk';

const DIST = join(import.meta.dirname, '../../build');
const SRC = join(import.meta.dirname, '../../src');
/** The other builds of the checker start processes of their own. */
const { checkSync } = createRequire(import.meta.url)('recheck/lib/browser.js');
/** A proof takes a second at most on a machine that does nothing else. */
const LIMITS = { timeout: 60_000 };

const literals = new Map();
/** @type {Set<string>} */
const dynamic = new Set();
for (const path of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
  // What an earlier build left behind has no source any more.
  if (!path.endsWith('.js') || !existsSync(join(SRC, path.replace(/\.js$/, '.ts')))) continue;
  const file = join(DIST, path);
  const program = parse(readFileSync(file, 'utf8'), {
    ecmaVersion: 'latest',
    sourceType: 'module',
    allowHashBang: true,
  });
  /** @param {import('acorn').Expression | import('acorn').Super} callee */
  const note = (callee) => {
    if (callee.type === 'Identifier' && callee.name === 'RegExp') dynamic.add(relative(DIST, file));
  };
  simple(program, {
    Literal({ regex }) {
      if (regex) literals.set(`/${regex.pattern}/${regex.flags}`, regex);
    },
    CallExpression: ({ callee }) => note(callee),
    NewExpression: ({ callee }) => note(callee),
  });
}

/** @type {(pattern: string, flags?: string) => string} */
const statusOf = (pattern, flags = '') => checkSync(pattern, flags, LIMITS).status;
const statuses = [...literals].map(([name, { pattern, flags }]) => [
  name,
  statusOf(pattern, flags),
]);
const given = process.argv.slice(2).map((pattern) => [pattern, statusOf(pattern)]);
process.stdout.write(JSON.stringify({ statuses, dynamic: [...dynamic].sort(), given }));
