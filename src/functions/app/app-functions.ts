/** The functions of an app: their texts, and what the app says about each. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf } from '../../json-file.ts';
import type { AppDefinition, FunctionDefinition } from './app-definition.ts';
import { readJson } from './app-files.ts';
import type { AppLayout } from './app-layout.ts';
import { prepareSource } from './prepare-source.ts';
import { describeIssues, parseFile } from './problems.ts';
import { parseRule } from './rule-expression.ts';

/** What an app says about a function. Members that mean nothing here are ignored. */
const functionEntry = z.looseObject({
  name: z.string().min(1),
  private: z.boolean().default(false),
  run_as_system: z.boolean().default(false),
  run_as_user_id: z.string().optional(),
  can_evaluate: z.unknown().optional(),
});
type FunctionEntry = z.output<typeof functionEntry>;

/** What the app has of one function. */
interface FunctionParts {
  readonly name: string;
  /** The file of its text, relative to the folder of the functions. */
  readonly file: string;
  /** Whether there is such a file. */
  readonly hasFile: boolean;
  /** What the app says about it; `null` if nothing, `undefined` if what it says is not understood. */
  readonly entry: FunctionEntry | null | undefined;
  /** Where it says so, for messages. */
  readonly place: string;
}

/**
 * Reads the functions of an app. One that cannot be used is there and fails; why is added to `problems`.
 *
 * @throws Error if `functions/config.json` is no list, or an entry of it does not say which function it is about.
 */
export async function readFunctions(
  layout: AppLayout,
  problems: string[],
): Promise<Pick<AppDefinition, 'functions' | 'withoutEntry'>> {
  const all =
    layout.kind === 'manifest'
      ? await readManifest(layout, problems)
      : await readFolders(layout, problems);
  const functions = new Map<string, FunctionDefinition>();
  for (const parts of all) {
    if (functions.has(parts.name)) {
      problems.push(`${parts.place}: "${parts.name}" is there twice`);
      functions.set(parts.name, unusable(parts.name));
    } else if (!parts.hasFile) {
      problems.push(`${parts.place}: "${parts.name}" has no file ${parts.file}`);
    } else {
      functions.set(parts.name, await define(parts, layout, problems));
    }
  }
  const withoutEntry = all.filter(({ entry }) => entry === null).map(({ name }) => name);
  return { functions, withoutEntry };
}

async function define(
  { entry, file, name, place }: FunctionParts,
  layout: AppLayout,
  problems: string[],
): Promise<FunctionDefinition> {
  if (entry === undefined) return unusable(name);
  const definition = {
    name,
    isPrivate: entry?.private ?? false,
    runAsSystem: entry?.run_as_system ?? false,
    // The exports of some apps have an empty one.
    runAsUserId: entry?.run_as_user_id || undefined,
    // A rule that is not understood refuses every client.
    rule: parseRule(entry?.can_evaluate ?? {}, `${place}: "${name}".can_evaluate`, problems),
  };
  try {
    const text = await readFile(join(layout.functions, file), 'utf8');
    return { ...definition, source: await prepareSource(file, text) };
  } catch (error) {
    problems.push(
      error instanceof SyntaxError
        ? error.message
        : `functions/${file} cannot be read: ${reasonOf(error)}`,
    );
    return { ...unusable(name), ...definition };
  }
}

/** What stands in for a function that cannot be used: whoever calls it is told. */
function unusable(name: string): FunctionDefinition {
  const message = `The function "${name}" cannot be used, the log of the gateway says why`;
  const source = `exports = () => { throw new Error(${JSON.stringify(message)}); };`;
  return { name, source, isPrivate: false, runAsSystem: false, rule: () => true };
}

const MANIFEST = 'functions/config.json';

/** The present layout: one list of all functions. A file that it does not list is a function, too. */
async function readManifest(layout: AppLayout, problems: string[]): Promise<FunctionParts[]> {
  const files = new Map(layout.sources.map((path) => [path.slice(0, -'.js'.length), path]));
  const entries = parseManifest(await readJson(join(layout.functions, 'config.json')), problems);
  const listed = entries.map(({ entry, name }) => ({
    name,
    entry,
    file: `${name}.js`,
    hasFile: files.has(name),
    place: MANIFEST,
  }));
  const names = new Set(listed.map(({ name }) => name));
  const others = [...files].filter(([name]) => !names.has(name));
  return [
    ...listed,
    ...others.map(([name, file]) => ({ name, file, hasFile: true, entry: null, place: MANIFEST })),
  ];
}

function parseManifest(
  manifest: unknown,
  problems: string[],
): Pick<FunctionParts, 'entry' | 'name'>[] {
  if (manifest === null) return [];
  if (!Array.isArray(manifest)) throw new Error(`${MANIFEST} must be a JSON list of functions`);
  return manifest.map((item: unknown, index) => {
    const parsed = functionEntry.safeParse(item);
    if (parsed.success) return { name: parsed.data.name, entry: parsed.data };
    const issues = describeIssues(`${MANIFEST} [${index}]`, parsed.error);
    const named = functionEntry.pick({ name: true }).safeParse(item);
    // Whatever it is about would be a file without an entry, and public.
    if (!named.success) throw new Error(issues.join('; '));
    problems.push(...issues);
    return { name: named.data.name, entry: undefined };
  });
}

/** The old layout: a folder with a `config.json` of its own for each function. */
async function readFolders(layout: AppLayout, problems: string[]): Promise<FunctionParts[]> {
  const { folders, functions, sources } = layout;
  const configs = await Promise.all(
    folders.map((folder) => readJson(join(functions, folder, 'config.json'))),
  );
  return folders.map((folder, index) => {
    const place = `functions/${folder}/config.json`;
    const file = `${folder}/source.js`;
    const hasFile = sources.includes(file);
    const config = configs[index];
    const isObject = typeof config === 'object' && config !== null;
    const named: unknown = isObject ? { name: folder, ...config } : config;
    const entry = parseFile(functionEntry, place, named, problems) ?? undefined;
    return { name: entry?.name ?? folder, entry, file, hasFile, place };
  });
}
