/** Runs an import of a file on the configured store, and says what became of it. */
import { stat } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { createLog } from '../../log.ts';
import type { ImportedData } from '../../session/user-events.ts';
import { type CommandLine, describeError, requireConfig } from '../command-line.ts';
import { withAudit } from '../with-audit.ts';
import { type OpenedStore, withStore } from '../with-store.ts';
import { type ImportParts, type ImportSummary, importRows, type Refusal } from './import-rows.ts';
import { createProgress } from './progress.ts';
import { createSideFile } from './side-file.ts';

/** Options of every import. */
export interface ImportOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What is particular to one kind of import. */
export interface ImportKind<Item> extends Pick<ImportParts<Item>, 'rows' | 'parse' | 'store'> {
  /** Ids at the source that became others, by line of the file that says so. */
  readonly mappedIn?: (items: readonly Item[]) => readonly unknown[];
}

/** Opens it on a store. */
export type OpenImport<Item> = (opened: OpenedStore, config: Config) => Promise<ImportKind<Item>>;

/** Which rows are imported. */
export interface ImportSource {
  /** What is counted. */
  readonly what: ImportedData;
  /** Beside it the reports are written. */
  readonly file: string;
  /** Whether `file` is what is read; it is the name of the reports alone otherwise. */
  readonly isRead: boolean;
}

/** What an import runs in. */
export interface ImportContext {
  readonly line: CommandLine;
  readonly config: Config;
  readonly options: ImportOptions;
  /** Whether the process was told to stop. */
  readonly isStopped: () => boolean;
}

/** What an import came to. */
export interface ImportResult {
  /** For programs. */
  readonly facts: Readonly<Record<string, number | boolean>>;
  /** For people. */
  readonly text: string;
  /** Why it is not all there; none: it is. */
  readonly problems: readonly string[];
  /** Whether it ended early. */
  readonly isCutOff: boolean;
}

/** Most refusals that are shown; the file has all. */
const MAX_SHOWN = 20;

/** Runs one import. Ends the process with exit code 1 if it fails, is interrupted, or a row is refused. */
export async function runImport<Item>(
  line: CommandLine,
  source: ImportSource,
  options: ImportOptions,
  open: OpenImport<Item>,
): Promise<void> {
  const context = openContext(line, options);
  try {
    const { facts, problems, text } = await importSource(context, source, open);
    line.write(options.json ? `${JSON.stringify(facts)}\n` : text);
    if (problems.length > 0) line.fail(problems);
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

/** Reads the configuration, and hears signals from now on. */
export function openContext(line: CommandLine, options: ImportOptions): ImportContext {
  const config = requireConfig(line);
  let isStopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    line.onSignal(signal, () => {
      isStopped = true;
    });
  }
  return { line, config, options, isStopped: () => isStopped };
}

/** Runs an import, and tells the audit log how many rows. Fails if it cannot begin. */
export async function importSource<Item>(
  context: ImportContext,
  source: ImportSource,
  open: OpenImport<Item>,
): Promise<ImportResult> {
  const { config, line, options } = context;
  const { file, isRead, what } = source;
  const total = isRead ? await sizeOf(file) : 0;
  let result: ImportResult | undefined;
  await withStore(config, createLog('warn', { write: line.writeError }), async (opened) => {
    const kind = await open(opened, config);
    const { mapped, ...summary } = await importKind(context, source, kind, total);
    result = toResult(source, summary, mapped, options);
    if (options.dryRun === true) return;
    const { imported, refused } = summary;
    try {
      await withAudit(line, config, opened, async ({ tell }) =>
        tell({ type: 'DATA_IMPORTED', what, imported, refused }),
      );
    } catch (error) {
      const problem = `The audit log could not be written: ${describeError(error)}`;
      result = { ...result, problems: [...result.problems, problem] };
    }
  });
  if (result === undefined) throw new Error('The store was not opened');
  return result;
}

async function importKind<Item>(
  { isStopped, line, options }: ImportContext,
  { file, what }: ImportSource,
  kind: ImportKind<Item>,
  total: number,
): Promise<ImportSummary & { readonly mapped: number }> {
  const [refusals, ids] = [createSideFile(refusedFile(file)), createSideFile(idsFile(file))];
  const clock = () => performance.now();
  let [shown, mapped] = [0, 0];
  try {
    const summary = await importRows({
      ...kind,
      isDryRun: options.dryRun === true,
      isStopped,
      onProgress: createProgress({ what, total, write: line.writeError, clock }),
      async onBatch(refused, items) {
        for (const each of refused.slice(0, MAX_SHOWN - shown)) line.writeError(show(file, each));
        shown = Math.min(MAX_SHOWN, shown + refused.length);
        const changed = kind.mappedIn?.(items) ?? [];
        mapped += changed.length;
        await Promise.all([refusals.write(refused), ids.write(changed)]);
      },
    });
    return { ...summary, mapped };
  } finally {
    await Promise.all([refusals.close(), ids.close()]);
  }
}

function refusedFile(file: string): string {
  return `${file}.refused.ndjson`;
}

function idsFile(file: string): string {
  return `${file}.ids.ndjson`;
}

function show(file: string, { line, reason }: Refusal): string {
  return `${file}:${line}: ${reason}\n`;
}

function toResult(
  { file, what }: ImportSource,
  { failure, isInterrupted, line, ...counts }: ImportSummary,
  mapped: number,
  { dryRun: isDryRun = false }: ImportOptions,
): ImportResult {
  const { imported, lostPasswords, present, refused } = counts;
  const verb = isDryRun ? 'would be imported' : 'imported';
  const texts = [
    `${imported} ${what} ${verb}, ${present} were there already, ${refused} refused\n`,
    ...(mapped > 0 ? [`${mapped} have other ids now: ${idsFile(file)}\n`] : []),
    ...(lostPasswords > 0
      ? [
          `${lostPasswords} have an address that is registered here, and reset their password by mail\n`,
        ]
      : []),
  ];
  const stays = 'What was imported before stays; run it again to go on';
  return {
    facts: { ...counts, mapped, isDryRun, isInterrupted },
    text: texts.join(''),
    problems: [
      ...(isInterrupted ? [`Interrupted after line ${line}; run it again to go on`] : []),
      ...(failure === undefined ? [] : [describeError(failure), stays]),
      ...(refused > 0 ? [`${refused} rows were refused: ${refusedFile(file)} says why`] : []),
    ],
    isCutOff: isInterrupted || failure !== undefined,
  };
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error(`"${file}" is no file`);
  return found.size;
}
