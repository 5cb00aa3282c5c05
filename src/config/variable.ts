/** One environment variable: how its text is parsed and what the documentation says of it. */
import type { z } from 'zod';

/** A variable the gateway reads. */
export interface Variable {
  readonly schema: z.ZodType;
  /** Value used when the variable is unset or empty; absent: the variable is optional. */
  readonly default?: string;
  /** One line of Markdown for the README's table. */
  readonly description: string;
}
