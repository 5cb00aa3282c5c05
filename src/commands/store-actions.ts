/** What the `store` commands do. */
import { loadUpkeep, type Upkeep } from '../open-store.ts';
import type { Verification } from '../store/embedded/upkeep/verify-store.ts';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';

/** Options of every command. */
export interface StoreCommandOptions {
  readonly json?: boolean;
}

/** What to run in place of each command on MongoDB. */
const ON_MONGODB = {
  backup: 'run mongodump',
  restore: 'run mongorestore',
  verify: 'run the command "validate" for each collection in mongosh',
} as const;

/** How often it is said how far something is, in milliseconds. */
const PROGRESS_INTERVAL = 1000;

/** Creates the actions. Each ends the process with exit code 1 if it fails. */
export function createStoreActions(line: CommandLine) {
  const onProgress = createProgress(line.writeError);

  async function withUpkeep(
    name: keyof typeof ON_MONGODB,
    run: (upkeep: Upkeep) => Promise<void>,
  ): Promise<void> {
    const config = requireConfig(line);
    const upkeep = await loadUpkeep(config);
    if (upkeep === null) {
      return line.fail([
        `The store is MongoDB: ${ON_MONGODB[name]} (docs/databases.md, "Backup, restore, verification")`,
      ]);
    }
    try {
      await run(upkeep);
    } catch (error) {
      line.fail([describeError(error)]);
    }
  }

  /** Ends the process if something is broken. */
  function failIfBroken({ problemCount, problems }: Verification, what: string): void {
    if (problemCount === 0) return;
    const more = problemCount - problems.length;
    const rest = more === 0 ? [] : [`and ${more} more`];
    line.fail([`${what}, problems: ${problemCount}`, ...problems, ...rest]);
  }

  return {
    backUp: (directory: string, { json }: StoreCommandOptions) =>
      withUpkeep('backup', async (upkeep) => {
        const parts = { now: Date.now, onProgress };
        const { manifest, verification } = await upkeep.backUp(directory, parts);
        const { createdAt, data, storeFormat } = manifest;
        const ok = verification.problemCount === 0;
        if (json) print({ ok, directory, createdAt, storeFormat, ...data, ...verification });
        else line.write(`${directory}: ${data.bytes} bytes, ${count(verification)}\n`);
        failIfBroken(verification, 'The backup was made, and the store is damaged');
      }),

    restore: (directory: string, { json }: StoreCommandOptions) =>
      withUpkeep('restore', async (upkeep) => {
        const { createdAt, data, storeFormat } = await upkeep.restore(directory, { onProgress });
        if (json) print({ directory, createdAt, storeFormat, ...data });
        else line.write(`Restored the backup of ${createdAt}: ${data.bytes} bytes\n`);
      }),

    verify: (directory: string | undefined, { json }: StoreCommandOptions) =>
      withUpkeep('verify', async (upkeep) => {
        const verification = await upkeep.verify(directory, { onProgress });
        const ok = verification.problemCount === 0;
        if (json) print({ ok, ...verification });
        else if (ok) line.write(`Whole: ${count(verification)}\n`);
        failIfBroken(verification, 'The store is damaged');
      }),
  };

  function print(value: unknown): void {
    line.write(`${JSON.stringify(value)}\n`);
  }
}

function count({ collections }: Verification): string {
  const documents = collections.reduce((sum, collection) => sum + collection.documents, 0);
  return `collections: ${collections.length}, documents: ${documents}`;
}

/** Writes a line now and then, and whenever something else begins: the text up to its colon says what. */
function createProgress(write: CommandLine['writeError']): (text: string) => void {
  let [step, last] = ['', 0];
  return (text) => {
    const [begun = ''] = text.split(':', 1);
    if (begun === step && performance.now() - last < PROGRESS_INTERVAL) return;
    [step, last] = [begun, performance.now()];
    write(`${text}\n`);
  };
}
