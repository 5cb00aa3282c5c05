/** The keys of the explorer, which are those of GraphiQL. */

/** What a key asks for. */
export type Shortcut = 'run' | 'prettify' | 'merge' | 'copy' | 'search' | 'readSchema';

/** What is used of a `KeyboardEvent`. */
export interface Keys {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const PLAIN: Readonly<Record<string, Shortcut>> = { enter: 'run', k: 'search' };
const SHIFTED: Readonly<Record<string, Shortcut>> = {
  p: 'prettify',
  m: 'merge',
  c: 'copy',
  r: 'readSchema',
};

/** The shortcut, with Ctrl or the command key of a Mac; `null` if the key is not ours. */
export function shortcutOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Keys): Shortcut | null {
  if (altKey || !(ctrlKey || metaKey)) return null;
  return (shiftKey ? SHIFTED : PLAIN)[key.toLowerCase()] ?? null;
}
