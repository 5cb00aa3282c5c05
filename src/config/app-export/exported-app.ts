/** What is taken of an exported App Services app, and what is not: the words for both. */

/** The default that an export gives a variable. */
export interface ExportedSetting {
  readonly variable: string;
  /** As text, the way the environment has it. Never a secret: an export has none. */
  readonly value: string;
  /** Path of the file that says so, relative to the export. */
  readonly from: string;
}

/** What a trigger may wait for, in the words of App Services. */
export const AUTH_OPERATIONS = ['CREATE', 'LOGIN', 'DELETE'] as const;
/** One of `AUTH_OPERATIONS`. */
export type AuthOperation = (typeof AUTH_OPERATIONS)[number];

/** A trigger that runs a function when a user was created, has logged in or was deleted. */
export interface AuthTrigger {
  /** Unique among them. */
  readonly name: string;
  readonly functionName: string;
  readonly operation: AuthOperation;
  /** Providers in the spelling of App Services: events of others are none of its. */
  readonly providers: readonly string[];
  /** Path of its file, relative to the export. */
  readonly from: string;
}

/** A part of an export that the gateway does not do. */
export interface LeftBehind {
  /** In words, with its name. */
  readonly what: string;
  /** Path of its file, relative to the export. */
  readonly from: string;
}

/** All of an export that concerns the configuration. */
export interface ExportedApp {
  /** The folder, as the operator named it. */
  readonly directory: string;
  readonly settings: readonly ExportedSetting[];
  /** Triggers that run here. */
  readonly triggers: readonly AuthTrigger[];
  readonly leftBehind: readonly LeftBehind[];
}

/** Longer names are cut where they are shown. */
const MAX_SHOWN = 200;

/** A text of the export as it is shown: it can neither break a line nor reach the terminal as a command. */
export function printable(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return cut.replace(/\p{C}/gu, '?');
}

/** The same in quotes; nothing in them if it is no text. */
export function quote(text: unknown): string {
  return JSON.stringify(printable(typeof text === 'string' ? text : ''));
}

/** The members of a JSON object; none of anything else. */
export function membersOf(content: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
  return isObject ? (content as Record<string, unknown>) : {};
}
