/** What an operator is told of an exported app: as lines to read, and as a file to keep. */
import { type ExportedApp, type ExportedSetting, printable } from './exported-app.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which defaults of the app are in force, and which are not since the variable is set to something else. */
export function compareWith({ settings }: ExportedApp, env: Environment) {
  const isSet = ({ variable }: ExportedSetting) => (env[variable] ?? '') !== '';
  return {
    taken: settings.filter((setting) => !isSet(setting) || env[setting.variable] === setting.value),
    /** The values that are set are not told: the operator's variables may hold secrets. */
    overruled: settings.filter(
      (setting) => isSet(setting) && env[setting.variable] !== setting.value,
    ),
  };
}

/** One block: what was taken, what is set otherwise, what is not carried over. */
export function describeExport(app: ExportedApp, env: Environment): string {
  const { taken, overruled } = compareWith(app, env);
  const show = ({ variable, value, from }: ExportedSetting) => `${variable}=${value}  (${from})`;
  return [
    `Exported app in ${app.directory}`,
    ...section('taken', taken.map(show)),
    ...section('set otherwise, which wins; the app has', overruled.map(show)),
    ...section(
      'runs after the fact',
      app.triggers.map(
        ({ name, operation, functionName, from }) =>
          `${operation} trigger "${name}": function "${functionName}"  (${from})`,
      ),
    ),
    ...section(
      'not carried over',
      app.leftBehind.map(({ what, from }) => `${what}  (${from})`),
    ),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : [`  ${title}:`, ...lines.map((line) => `    ${printable(line)}`)];
}

/** Needs no quotes in any reader of such files. */
const PLAIN = /^[\w.,:/@+-]*$/;

/**
 * The defaults as a `.env` file, with what is not carried over as comments.
 *
 * @throws Error if a value cannot be written so that every reader of such files reads the same.
 */
export function toEnvFile({ settings, leftBehind }: ExportedApp): string {
  const lines = settings.map(({ variable, value, from }) => {
    if (/[\p{C}']/u.test(value)) {
      throw new Error(`${variable} of ${from} has a character that no .env file can hold`);
    }
    return `${variable}=${PLAIN.test(value) ? value : `'${value}'`}`;
  });
  const comments = leftBehind.map(
    ({ what, from }) => `# not carried over: ${printable(`${what} (${from})`)}`,
  );
  return [...lines, ...comments].map((line) => `${line}\n`).join('');
}
