/** What an exported App Services app says about its functions, read and checked. */
import type { Rule } from './rule-expression.ts';

/** One function. */
export interface FunctionDefinition {
  /** Its name; a function in a folder is called `folder/name`. */
  readonly name: string;
  readonly source: string;
  /** Only other functions and the gateway itself may call it. */
  readonly isPrivate: boolean;
  /** Whether `context.runningAsSystem()` is true. */
  readonly runAsSystem: boolean;
  /** The user that HTTPS endpoints run it as, unless that is the system. */
  readonly runAsUserId?: string | undefined;
  /** Whether a client may call it, given who it is and what it passes. */
  readonly rule: Rule;
}

/** `context.environment`. */
export interface AppEnvironment {
  /** Empty if there is no environment. */
  readonly tag: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** An app: its functions and what they can read through `context`. */
export interface AppDefinition {
  /** Absolute path of the folder from which `require` resolves packages. */
  readonly directory: string;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  /** Names of functions about which the app says nothing, so that everybody may call them. */
  readonly withoutEntry: readonly string[];
  /** `context.values` by name, secrets included. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly environment: AppEnvironment;
  /** Names under which `context.services.get` finds the database. */
  readonly dataSources: readonly string[];
  /** What cannot be used, and why, a line each. */
  readonly problems: readonly string[];
}

/** What a function's file may name without declaring it, besides the globals of its context. */
export const SOURCE_PARAMETERS = ['exports', 'module', 'require', 'context'] as const;

/** After the text, so that `exports = …`, which assigns a parameter, reaches the outside. */
export const SOURCE_SUFFIX = '\n;return [exports, module.exports];';
