/** A rule that cannot fail is no rule: every house rule is broken once, and Biome must say so. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

/** Rule, code that breaks it and, where the name matters, its file. */
const BROKEN: readonly (readonly [rule: string, code: string, file?: string])[] = [
  ['suspicious/noExplicitAny', 'export const value: any = 1;'],
  ['suspicious/noConsole', "console.log('x');"],
  ['suspicious/noTsIgnore', '// @ts-ignore\nexport const value: number = 1;'],
  [
    'suspicious/noEmptyBlockStatements',
    'export function run() {\n  try {\n    run();\n  } catch {}\n}',
  ],
  ['style/noDefaultExport', 'export default 1;'],
  ['style/noNonNullAssertion', 'export const first = (list: string[]) => list[0]!.length;'],
  ['style/noEnum', 'export enum Mode {\n  A,\n}'],
  ['style/noParameterProperties', 'export class Point {\n  constructor(readonly x: number) {}\n}'],
  ['style/noNestedTernary', 'export const sign = (n: number) => (n > 0 ? 1 : n < 0 ? -1 : 0);'],
  ['style/noProcessEnv', 'export const home = process.env.HOME;'],
  ['style/noRestrictedGlobals', 'export const pid = process.pid;'],
  ['style/useImportType', "import { Config } from '../config.ts';\nexport type C = Config;"],
  ['style/useNodejsImportProtocol', "import { join } from 'path';\nexport const j = join;"],
  ['style/useThrowOnlyError', "export function run() {\n  throw 'no';\n}"],
  ['style/useFilenamingConvention', 'export const value = 1;', 'src/token/BadName.ts'],
  ['style/noExcessiveLinesPerFile', `${'// line\n'.repeat(301)}export const value = 1;`],
  [
    'complexity/noExcessiveLinesPerFunction',
    `export function run(list: number[]) {\n${'  list.push(1);\n'.repeat(61)}}`,
  ],
  [
    'complexity/noExcessiveCognitiveComplexity',
    `export function run(n: number) {\n${'  if (n > 1) {\n'.repeat(6)}    run(0);\n${'  }\n'.repeat(6)}}`,
  ],
  ['correctness/useImportExtensions', "import { b } from './cycle-b';\nexport const p = b;"],
  ['correctness/noUnusedImports', "import { join } from 'node:path';\nexport const value = 1;"],
  ['correctness/noUnusedVariables', 'const value = 1;\nexport const other = 2;'],
  [
    'correctness/noUndeclaredDependencies',
    "import { x } from 'not-declared';\nexport const y = x;",
  ],
  ['performance/noReExportAll', "export * from './verify.ts';"],
  [
    'performance/noNamespaceImport',
    "import * as path from 'node:path';\nexport const p = path.sep;",
  ],
  [
    'nursery/noFloatingPromises',
    'async function run() {\n  await run();\n}\nexport function start() {\n  run();\n}',
  ],
  [
    'nursery/noMisusedPromises',
    'async function run() {\n  await run();\n}\nexport const go = () => {\n  if (run()) return 1;\n  return 2;\n};',
  ],
  [
    'suspicious/noImportCycles',
    "import { b } from './cycle-b.ts';\nexport const a = () => b;",
    'src/token/cycle-a.ts',
  ],
  [
    'suspicious/noImportCycles',
    "import { a } from './cycle-a.ts';\nexport const b = () => a;",
    'src/token/cycle-b.ts',
  ],
  [
    'suspicious/noFocusedTests',
    "import { test } from '@jest/globals';\ntest.only('x', () => undefined);",
    'test/unit/focused.test.ts',
  ],
  [
    'suspicious/noSkippedTests',
    "import { test } from '@jest/globals';\ntest.skip('x', () => undefined);",
    'test/unit/skipped.test.ts',
  ],
];

/** Importing file → what it must not import. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  'src/errors.ts': [
    './session/log-in.ts',
    './app.ts',
    'bson',
    '@opentelemetry/api',
    'node:process',
  ],
  'src/tracing.ts': ['./session/log-in.ts', 'bson'],
  'src/commands/a.ts': ['../main.ts', '../functions/open-functions.ts', 'mongodb', 'node:process'],
  'src/functions/a.ts': [
    '../session/sessions.ts',
    '../account/accounts.ts',
    '../custom-data/policy.ts',
    '../token/claims.ts',
    '../optional-parts.ts',
    '../store/mongodb/a.ts',
    'nodemailer',
  ],
  'src/mail/a.ts': ['../account/accounts.ts', '../store/port.ts', 'jsonwebtoken'],
  'src/values/a.ts': ['../store/port.ts', '../custom-data/json.ts', 'bson', 'mingo'],
  'src/config/a.ts': ['../config.ts', '../store/port.ts', 'node:process'],
  'src/app.ts': [
    './main.ts',
    './commands/start.ts',
    './functions/a.ts',
    './realm/a.ts',
    './endpoints/a.ts',
    'mongodb',
    'lmdb',
    'jose',
    'node:process',
  ],
  'src/http/a.ts': [
    '../app.ts',
    '../realm/realm-api.ts',
    '../endpoints/open-endpoints.ts',
    '../store/mongodb/mongodb-store.ts',
    '@opentelemetry/api',
    'mongodb',
    'jose',
    'bson',
  ],
  'src/graphql/a.ts': ['../http/server.ts', '../realm/routes.ts', '../store/embedded/a.ts', 'jose'],
  'src/realm/a.ts': ['../http/server.ts', '../graphql/context.ts', '../store/mongodb/a.ts', 'jose'],
  'src/endpoints/a.ts': ['../http/server.ts', '../realm/a.ts', '../functions/a.ts', 'bson'],
  'src/session/a.ts': [
    '../http/server.ts',
    '../graphql/context.ts',
    '../generated/graphql.ts',
    '../open-store.ts',
    '../optional-parts.ts',
    '../functions/a.ts',
    '../endpoints/a.ts',
  ],
  'src/open-store.ts': ['./main.ts', './commands/start.ts', 'mongodb', 'lmdb', 'node:process'],
  'src/account/a.ts': ['../session/log-in.ts', '../custom-data/policy.ts', 'jose', 'mongodb'],
  'src/custom-data/a.ts': ['../session/log-in.ts', '../account/accounts.ts', 'bson', 'mingo'],
  'src/token/a.ts': [
    '../session/log-in.ts',
    '../custom-data/policy.ts',
    '../account/accounts.ts',
    '../store/embedded/a.ts',
    'bson',
    'mongodb',
  ],
  'src/store/port.ts': ['../token/claims.ts', '../custom-data/policy.ts', 'mongodb', 'bson'],
  'src/store/embedded/a.ts': [
    '../mongodb/a.ts',
    '../../token/claims.ts',
    'mongodb',
    'mingo',
    'bson',
  ],
  'src/store/query/a.ts': ['../embedded/a.ts', '../mongodb/a.ts', '../../token/claims.ts', 'lmdb'],
  'src/store/mongodb/a.ts': ['../embedded/a.ts', '../../token/claims.ts', 'lmdb', 'mingo/core'],
  'client/src/a.ts': ['./apollo/a.ts', './react/a.ts', '../../src/a.ts', 'react', 'node:fs'],
  'client/src/apollo/a.ts': ['../react/a.ts', '../../../src/a.ts', 'react', 'node:fs'],
  'client/src/react/a.ts': ['../apollo/a.ts', '../../../src/a.ts', '@apollo/client', 'node:fs'],
};

/** Importing file → what it may import. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/app.ts': ['./store/mongodb/a.ts', './store/embedded/a.ts', './http/server.ts'],
  'src/open-store.ts': ['./store/mongodb/a.ts', './store/embedded/a.ts'],
  'src/commands/b.ts': ['../app.ts', '../open-store.ts', '../config.ts', '../session/sessions.ts'],
  'src/functions/b.ts': [
    '../store/port.ts',
    '../errors.ts',
    '../session/operator-functions.ts',
    'jsonwebtoken',
  ],
  'src/optional-parts.ts': [
    './endpoints/open-endpoints.ts',
    './functions/open-functions.ts',
    './realm/realm-api.ts',
  ],
  'src/mail/b.ts': ['../config.ts', '../errors.ts', 'nodemailer'],
  'src/values/b.ts': ['../bson.ts', '../errors.ts', './documents.ts'],
  'src/http/b.ts': ['../graphql/server.ts', '../errors.ts', '../session/sessions.ts'],
  'src/graphql/b.ts': ['../session/sessions.ts', '../generated/graphql.ts', '../token/claims.ts'],
  'src/session/b.ts': [
    '../mail/a.ts',
    '../token/issue.ts',
    '../account/a.ts',
    '../custom-data/a.ts',
  ],
  'src/token/b.ts': ['../store/port.ts', '../errors.ts', 'jose'],
  'src/custom-data/b.ts': [
    '../store/port.ts',
    '../store/query/filter.ts',
    '../bson.ts',
    '../token/claims.ts',
  ],
  'src/store/embedded/b.ts': ['../port.ts', '../query/filter.ts', '../../bson.ts', 'lmdb'],
  'src/store/query/b.ts': ['../port.ts', '../../bson.ts', 'mingo', 'mingo/core'],
  'src/store/mongodb/b.ts': ['../port.ts', '../../bson.ts', 'mongodb'],
  'client/src/b.ts': ['./a.ts'],
  'client/src/apollo/b.ts': ['../a.ts', '@apollo/client'],
  'client/src/react/b.ts': ['../a.ts', 'react'],
  'src/bson.ts': ['bson'],
  'src/tracing.ts': ['@opentelemetry/api'],
};

interface ImportCase {
  readonly file: string;
  readonly line: number;
  readonly source: string;
  readonly isAllowed: boolean;
}

/** Every import on a line of its own, forbidden ones first. */
const IMPORTS: readonly ImportCase[] = [
  ...new Set([...Object.keys(FORBIDDEN), ...Object.keys(ALLOWED)]),
].flatMap((file) => {
  const forbidden = FORBIDDEN[file] ?? [];
  return [...forbidden, ...(ALLOWED[file] ?? [])].map((source, index) => ({
    file,
    line: index + 1,
    source,
    isAllowed: index >= forbidden.length,
  }));
});

/** Makes a project with the given files and lints it; the result holds `file rule` and `file:line rule`. */
function lint(files: ReadonlyMap<string, string>): ReadonlySet<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lint-rules-'));
  try {
    for (const file of ['biome.json', 'package.json', '.gitignore']) {
      cpSync(join(ROOT, file), join(folder, file));
    }
    for (const [file, code] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${code}\n`);
    }
    const { diagnostics } = JSON.parse(runBiome(folder)) as Report;
    return new Set(
      diagnostics.flatMap(({ category, location: { path, start } }) => {
        const rule = category.replace(/^lint\//, '');
        return [`${path} ${rule}`, `${path}:${start.line} ${rule}`];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runBiome(folder: string): string {
  const { stdout } = spawnSync(
    process.execPath,
    [BIOME, 'lint', '--reporter=json', '--max-diagnostics=none', '.'],
    { cwd: folder, encoding: 'utf8' },
  );
  return stdout;
}

describe('house rules', () => {
  const files = BROKEN.map(
    ([rule, code, file = `src/token/broken-${BROKEN.findIndex((row) => row[1] === code)}.ts`]) =>
      [rule, code, file] as const,
  );
  const found = lint(new Map(files.map(([, code, file]) => [file, code])));

  test.each(files)('%s can fail', (rule, _code, file) => {
    expect(found).toContain(`${file} ${rule}`);
  });
});

describe('import rule', () => {
  const code = (file: string) =>
    IMPORTS.filter((row) => row.file === file)
      .map(({ line, source }) => `import { x as x${line} } from '${source}';`)
      .join('\n');
  const found = lint(new Map(IMPORTS.map(({ file }) => [file, code(file)])));
  const isRefused = ({ file, line }: ImportCase) =>
    found.has(`${file}:${line} style/noRestrictedImports`);

  test.each(IMPORTS.filter((row) => !row.isAllowed))('$file must not import $source', (row) => {
    expect(isRefused(row)).toBe(true);
  });

  test.each(IMPORTS.filter((row) => row.isAllowed))('$file may import $source', (row) => {
    expect(isRefused(row)).toBe(false);
  });

  test('a dynamic import is an import', () => {
    const file = 'src/session/a.ts';
    const dynamic = lint(new Map([[file, "export const load = () => import('mongodb');"]]));
    expect(dynamic).toContain(`${file} style/noRestrictedImports`);
  });
});
