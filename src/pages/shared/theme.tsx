/** Light or dark: as the system says, unless somebody says otherwise. */
import { useLayoutEffect, useState } from 'preact/hooks';
import { keep, readKept } from './kept.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const KEY = 'theme';

const isTheme = (value: unknown): value is Theme => THEMES.includes(value as Theme);

/** A choice of the theme of the whole page. */
export function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(() => readKept(KEY, isTheme) ?? 'system');
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    keep(KEY, theme);
  }, [theme]);
  return (
    <label class="inline">
      <span class="unseen">Theme</span>
      <select
        value={theme}
        onChange={({ currentTarget: { value } }) => isTheme(value) && setTheme(value)}
      >
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
