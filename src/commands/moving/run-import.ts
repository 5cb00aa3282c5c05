/** Runs one import of a file on the configured store, and says what became of it. */
import { stat } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { createLog } from '../../log.ts';
import { type CommandLine, describeError, requireConfig } from '../command-line.ts';
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

/** Which rows are imported. */
export interface ImportSource {
  /** What is counted, such as "users". */
  readonly what: string;
  /** Beside it the reports are written. */
  readonly file: string;
  /** Whether `file` is what is read; it is the name of the reports alone otherwise. */
  readonly isRead: boolean;
}

/** Most refusals that are shown; the file has all. */
const MAX_SHOWN = 20;

/** Runs the import. Ends the process with exit code 1 if it fails, is interrupted, or a row is refused. */
export async function runImport<Item>(
  line: CommandLine,
  { file, isRead, what }: ImportSource,
  options: ImportOptions,
  open: (opened: OpenedStore, config: Config) => Promise<ImportKind<Item>>,
): Promise<void> {
  const config = requireConfig(line);
  const isDryRun = options.dryRun === true;
  let isStopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    line.onSignal(signal, () => {
      isStopped = true;
    });
  }
  const refusedFile = `${file}.refused.ndjson`;
  const [refusals, ids] = [createSideFile(refusedFile), createSideFile(`${file}.ids.ndjson`)];
  let summary: ImportSummary | undefined;
  let mapped = 0;
  try {
    const total = isRead ? await sizeOf(file) : 0;
    await withStore(config, createLog('warn', { write: line.writeError }), async (opened) => {
      const kind = await open(opened, config);
      const clock = () => performance.now();
      let shown = 0;
      summary = await importRows({
        ...kind,
        isDryRun,
        isStopped: () => isStopped,
        onProgress: createProgress({ what, total, write: line.writeError, clock }),
        async onBatch(refused, items) {
          for (const each of refused.slice(0, MAX_SHOWN - shown)) line.writeError(show(file, each));
          shown = Math.min(MAX_SHOWN, shown + refused.length);
          const changed = kind.mappedIn?.(items) ?? [];
          mapped += changed.length;
          await Promise.all([refusals.write(refused), ids.write(changed)]);
        },
      });
    });
  } catch (error) {
    line.fail([describeError(error), 'What was imported before stays; run it again to go on']);
  } finally {
    await Promise.all([refusals.close(), ids.close()]);
  }
  if (summary === undefined) return;
  const { isInterrupted, line: lastLine, ...counts } = summary;
  if (options.json) {
    const facts = { ...counts, mapped, isDryRun, isInterrupted };
    line.write(`${JSON.stringify(facts)}\n`);
  } else line.write(describe(what, counts, { isDryRun, mapped, idsFile: `${file}.ids.ndjson` }));
  const problems = [
    ...(isInterrupted ? [`Interrupted after line ${lastLine}; run it again to go on`] : []),
    ...(counts.refused > 0 ? [`${counts.refused} rows were refused: ${refusedFile} says why`] : []),
  ];
  if (problems.length > 0) line.fail(problems);
}

function show(file: string, { line, reason }: Refusal): string {
  return `${file}:${line}: ${reason}\n`;
}

function describe(
  what: string,
  counts: Pick<ImportSummary, 'imported' | 'present' | 'refused' | 'lostPasswords'>,
  more: { readonly isDryRun: boolean; readonly mapped: number; readonly idsFile: string },
): string {
  const { imported, lostPasswords, present, refused } = counts;
  const verb = more.isDryRun ? 'would be imported' : 'imported';
  return [
    `${imported} ${what} ${verb}, ${present} were there already, ${refused} refused\n`,
    ...(more.mapped > 0 ? [`${more.mapped} have other ids now: ${more.idsFile}\n`] : []),
    ...(lostPasswords > 0
      ? [
          `${lostPasswords} have an address that is registered here, and reset their password by mail\n`,
        ]
      : []),
  ].join('');
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error(`"${file}" is no file`);
  return found.size;
}
