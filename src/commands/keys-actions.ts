/** What the `keys` commands do; loaded when one of them is called. */
import type { Config } from '../config.ts';
import { readJsonFile } from '../json-file.ts';
import { createLog } from '../log.ts';
import type { TellEvent } from '../session/user-events.ts';
import type { DescribedKey, KeyAdministration, KeyOutcome } from '../token/key-administration.ts';
import { type CommandLine, describeError, requireConfig } from './command-line.ts';
import { openKeyAdministration, readFileKeys } from './public-keys.ts';
import { withAudit } from './with-audit.ts';
import { type OpenedStore, withStore } from './with-store.ts';

interface Output {
  readonly json?: boolean;
}

const FILE_RULES = 'SIGNING_KEYS_FILE is set, and its keys rule';

/** Creates the actions. */
export function createKeysActions(line: CommandLine) {
  return { ...createReading(line), ...createChanging(line) };
}

/** Runs on the keys of the store; an error ends the process. */
async function withKeys(
  line: CommandLine,
  config: Config,
  run: (keys: KeyAdministration, opened: OpenedStore) => Promise<void>,
): Promise<void> {
  try {
    await withStore(config, createLog('silent'), async (opened) => {
      await run(await openKeyAdministration(config, opened), opened);
    });
  } catch (error) {
    line.fail([describeError(error)]);
  }
}

function print(line: CommandLine, json: boolean | undefined, value: unknown, text: string): void {
  line.write(json ? `${JSON.stringify(value)}\n` : text);
}

/** What shows keys, be they in the store or in a file. */
function createReading(line: CommandLine) {
  /** What is published, and which of it signs: of a file that is all there is to say. */
  async function showFileKeys(config: Config) {
    try {
      const keys = await readFileKeys(config);
      if (keys !== null) {
        line.writeError(`custom-user-data: ${FILE_RULES}, not those in the store\n`);
      }
      return keys;
    } catch (error) {
      return line.fail([describeError(error)]);
    }
  }

  return {
    async list({ json }: Output) {
      const config = requireConfig(line);
      const published = await showFileKeys(config);
      if (published !== null) {
        const keys = published.map(({ kid, alg }, index) => ({
          ...{ kid, alg, state: index === 0 ? 'active' : 'retiring' },
        }));
        print(line, json, { keys, from: 'file' }, keys.map((key) => toRow(key, '')).join(''));
        return;
      }
      await withKeys(line, config, async (administration) => {
        const keys = await administration.list();
        const rows = keys.map((key) => toRow(key, describeTimes(key)));
        print(line, json, { keys, from: 'store' }, rows.join(''));
      });
    },

    async exportPublic({ json }: Output) {
      const config = requireConfig(line);
      const show = (keys: unknown) =>
        print(line, json, { keys }, `${JSON.stringify({ keys }, null, 2)}\n`);
      const published = await showFileKeys(config);
      if (published !== null) return show(published);
      await withKeys(line, config, async (administration) =>
        show((await administration.exportPublic()).keys),
      );
    },
  };
}

/** What changes the keys of the store. */
function createChanging(line: CommandLine) {
  /** The same for what the keys of a file are not changed by. */
  async function change(run: (keys: KeyAdministration, tell: TellEvent) => Promise<void>) {
    const config = requireConfig(line);
    if (config.token.signingKeysFile !== undefined) {
      line.fail([`${FILE_RULES}: change the file and restart the gateways`]);
    }
    await withKeys(line, config, (keys, opened) =>
      withAudit(line, config, opened, ({ tell }) => run(keys, tell)),
    );
  }

  return {
    rotate: ({ json }: Output) =>
      change(async (keys, tell) => {
        const outcome = await keys.rotate();
        tell({ type: 'SIGNING_KEYS_ROTATED', kids: [outcome.kid] });
        print(line, json, outcome, `${describeOutcome(outcome)}\n`);
      }),

    retire: (kid: string, { json, now }: Output & { readonly now?: boolean }) =>
      change(async (keys, tell) => {
        const toldAs = { type: 'SIGNING_KEY_RETIRED', kids: [kid] } as const;
        if (now !== true) {
          const outcome = await keys.retire(kid);
          tell({ ...toldAs, isNow: false });
          print(line, json, outcome, `${describeOutcome(outcome)}\n`);
          return;
        }
        const { signer, ...outcome } = await keys.withdraw(kid);
        tell({ ...toldAs, isNow: true });
        const signs = signer === null ? 'no key signs' : `${signer} signs`;
        const text = `${kid} is retired: gateways that reach the store accept nothing it signed within ten seconds; ${signs}\n`;
        print(line, json, { ...outcome, signer }, text);
      }),

    import: (file: string, { json }: Output) =>
      change(async (keys, tell) => {
        const outcomes = await keys.import(await readJsonFile('keys import', file));
        tell({ type: 'SIGNING_KEYS_IMPORTED', kids: outcomes.map((outcome) => outcome.kid) });
        const text = outcomes.map((outcome) => `${describeOutcome(outcome)}\n`).join('');
        print(line, json, { keys: outcomes }, text);
      }),
  };
}

function describeOutcome(outcome: KeyOutcome): string {
  return `${outcome.kid} is ${outcome.state}${describeTimes(outcome)}`;
}

function describeTimes({ signsFrom, signsUntil, state, verifiesUntil }: KeyOutcome): string {
  switch (state) {
    case 'next':
      return signsFrom === null ? '' : `, signs from ${signsFrom}`;
    case 'active':
      return signsUntil === null ? '' : `, signs until ${signsUntil}`;
    case 'retiring':
      return `, verifies until ${verifiesUntil}`;
    case 'retired':
      return ` since ${verifiesUntil}`;
  }
}

function toRow(
  { alg, kid, state }: Pick<DescribedKey, 'kid' | 'alg'> & { state: string },
  times: string,
) {
  return `${kid}  ${alg}  ${state}${times}\n`;
}
