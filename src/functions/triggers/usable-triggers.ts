/** Which triggers can run: those whose functions are there. */
import type { AuthTrigger, Config } from '../../config.ts';

/**
 * A trigger without its function takes only itself out; its events wait until it is there.
 *
 * @throws Error that lists them if they are to stop the start.
 */
export function findUsable(
  { isStrict, triggers }: Pick<Config['functions'], 'isStrict' | 'triggers'>,
  has: (functionName: string) => boolean,
): { readonly usable: readonly AuthTrigger[]; readonly problems: readonly string[] } {
  const usable = triggers.filter(({ functionName }) => has(functionName));
  const problems = triggers
    .filter((trigger) => !usable.includes(trigger))
    .map(({ from, functionName }) => `${from}: there is no function "${functionName}"`);
  if (isStrict && problems.length > 0) {
    throw new Error(`The triggers are not usable: ${problems.join('; ')}`);
  }
  return { usable, problems };
}
