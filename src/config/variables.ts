/** Every environment variable the gateway reads, in the order of the README's table. */
import type { z } from 'zod';
import { CUSTOM_DATA_VARIABLES } from './custom-data-variables.ts';
import { FUNCTION_VARIABLES } from './function-variables.ts';
import { LOG_IN_VARIABLES } from './log-in-variables.ts';
import { SERVER_VARIABLES } from './server-variables.ts';
import type { Variable } from './values.ts';

/** By name. */
export const VARIABLES = {
  ...SERVER_VARIABLES,
  ...CUSTOM_DATA_VARIABLES,
  ...LOG_IN_VARIABLES,
  ...FUNCTION_VARIABLES,
} as const satisfies Record<string, Variable>;

type Variables = typeof VARIABLES;
type Name = keyof Variables;

/** What each variable parses to. */
export type Values = { readonly [N in Name]: Constant<z.output<Variables[N]['schema']>> };

type Constant<Value> = Value extends readonly (infer Item)[] ? readonly Item[] : Value;

type Sections = Variables[Name]['at'] extends infer At
  ? At extends `${infer Section}.${string}`
    ? Section
    : never
  : never;

/** The values where `Variable.at` says. */
export type PlacedValues = {
  readonly [N in Name as Variables[N]['at'] extends `${string}.${string}`
    ? never
    : Variables[N]['at']]: Values[N];
} & {
  readonly [Section in Sections]: {
    readonly [N in Name as Variables[N]['at'] extends `${Section}.${infer Key}`
      ? Key
      : never]: Values[N];
  };
};

/** Puts the values where `Variable.at` says. */
export function placeValues(values: Values): PlacedValues {
  const placed: Record<string, unknown> = {};
  for (const [name, { at }] of Object.entries(VARIABLES)) {
    const [section = at, key] = at.split('.');
    const value = values[name as Name];
    placed[section] = key === undefined ? value : { ...Object(placed[section]), [key]: value };
  }
  return placed as PlacedValues;
}
