/** What is wrong with a file of the app, in words. */
import { z } from 'zod';

/** A line for each issue, with the place that it is about. Quotes no value. */
export function describeIssues(place: string, error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => {
    const member = path.length === 0 ? '' : ` "${z.core.toDotPath(path)}"`;
    return `${place}:${member} ${message}`;
  });
}

/** What a schema makes of a file of the app; `null` if nothing, and then `problems` says why. */
export function parseFile<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  content: unknown,
  problems: string[],
): z.output<Schema> | null {
  if (content === undefined) {
    problems.push(`${path}: is not JSON`);
    return null;
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  problems.push(...describeIssues(path, parsed.error));
  return null;
}
