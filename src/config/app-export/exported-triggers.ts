/** Triggers of an exported app: those that run a function when something happens to a user, and the others. */
import { z } from 'zod';
import type { ExportFiles } from './export-files.ts';
import {
  AUTH_OPERATIONS,
  type AuthTrigger,
  type LeftBehind,
  membersOf,
  quote,
} from './exported-app.ts';

const MAX_NAME = 200;
const MAX_PROVIDERS = 100;
const name = z.string().min(1).max(MAX_NAME);
const functionNames = z.looseObject({
  function_name: z.string().optional(),
  event_processors: z
    .looseObject({
      FUNCTION: z
        .looseObject({ config: z.looseObject({ function_name: name.optional() }).optional() })
        .optional(),
    })
    .optional(),
});
const authEntry = z.looseObject({
  config: z.looseObject({
    operation_type: z.enum(AUTH_OPERATIONS),
    providers: z.array(z.string().max(MAX_NAME)).min(1).max(MAX_PROVIDERS),
  }),
});

/** One file of the folder. */
interface TriggerFile {
  readonly file: string;
  readonly from: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The triggers that run here, and the others by name. */
interface ExportedTriggers {
  readonly triggers: AuthTrigger[];
  readonly leftBehind: LeftBehind[];
}

/**
 * Reads them in the order of their files. One that is switched off is neither: it runs as little here as it did.
 *
 * @param hasFunctions whether there is a folder of functions at all; without one no trigger runs.
 */
export function readTriggers(
  { list, read }: Pick<ExportFiles, 'list' | 'read'>,
  hasFunctions: boolean,
): ExportedTriggers {
  const found: ExportedTriggers = { triggers: [], leftBehind: [] };
  const names = list('triggers').filter(
    ({ isFolder, name: file }) => !isFolder && JSON_FILE.test(file),
  );
  for (const { name: file, path: from } of names) {
    const trigger = { file, from, content: membersOf(read(from)) };
    if (trigger.content['type'] === 'AUTHENTICATION') addAuthTrigger(trigger, hasFunctions, found);
    else found.leftBehind.push({ what: describe(trigger) + hintFor(trigger.content), from });
  }
  return found;
}

const JSON_FILE = /\.json$/;

function addAuthTrigger(
  trigger: TriggerFile,
  hasFunctions: boolean,
  { leftBehind, triggers }: ExportedTriggers,
): void {
  if (trigger.content['disabled'] === true) return;
  const known = hasFunctions ? readAuthTrigger(trigger) : NO_FUNCTIONS;
  const isTwice = (name: string) => triggers.some((other) => other.name === name);
  if (typeof known === 'object' && !isTwice(known.name)) {
    triggers.push(known);
    return;
  }
  const why = typeof known === 'string' ? known : TWICE;
  leftBehind.push({ what: `${describe(trigger)}, ${why}`, from: trigger.from });
}

const TWICE = 'of which there is another with that name';
const NO_FUNCTIONS = 'for which there is no folder of functions';

/** The trigger, or why it cannot run. */
function readAuthTrigger({ content, file, from }: TriggerFile): AuthTrigger | string {
  const functionName = functionNameOf(content);
  if (functionName === undefined) return 'which runs no function';
  const own = name.safeParse(content['name'] ?? file.replace(JSON_FILE, ''));
  const parsed = authEntry.safeParse(content);
  if (!parsed.success || !own.success) return 'whose operation or providers are not understood';
  const { operation_type: operation, providers } = parsed.data.config;
  return { name: own.data, functionName, operation, providers, from };
}

/** The older layout names it at the top, the newer one among the event processors. */
function functionNameOf(content: unknown): string | undefined {
  const parsed = functionNames.safeParse(content);
  if (!parsed.success) return undefined;
  const { event_processors: processors, function_name: older } = parsed.data;
  return processors?.FUNCTION?.config?.function_name ?? (older === '' ? undefined : older);
}

function describe({ content, file }: TriggerFile): string {
  const { name: named, type } = content;
  const kind = typeof type === 'string' ? `${quote(type)} ` : '';
  return `${kind}trigger ${quote(named ?? file)}`;
}

/** What a shell takes for nothing but a name. */
const CALLABLE = /^[\w./-]{1,200}$/;

/** What is left of a schedule is a command. */
function hintFor(content: Readonly<Record<string, unknown>>): string {
  if (content['disabled'] === true) return ', which is disabled';
  const functionName = functionNameOf(content);
  if (content['type'] !== 'SCHEDULED' || !CALLABLE.test(functionName ?? '')) return '';
  const { schedule } = membersOf(content['config']);
  const when = typeof schedule === 'string' ? ` at ${quote(schedule)}` : '';
  return `${when}: let cron run custom-user-data functions call ${functionName}`;
}
