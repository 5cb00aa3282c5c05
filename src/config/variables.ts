/** Every environment variable the gateway reads, in the order of the README's table. */
import type { z } from 'zod';
import { CUSTOM_DATA_VARIABLES } from './custom-data-variables.ts';
import { FUNCTION_VARIABLES } from './function-variables.ts';
import { LOG_IN_VARIABLES } from './log-in-variables.ts';
import { SERVER_VARIABLES } from './server-variables.ts';
import type { Variable } from './variable.ts';

/** By name. */
export const VARIABLES = {
  ...SERVER_VARIABLES,
  ...CUSTOM_DATA_VARIABLES,
  ...LOG_IN_VARIABLES,
  ...FUNCTION_VARIABLES,
} as const satisfies Record<string, Variable>;

/** Name of a variable. */
export type VariableName = keyof typeof VARIABLES;
/** What each variable parses to. */
export type Values = { [Name in VariableName]: z.output<(typeof VARIABLES)[Name]['schema']> };
