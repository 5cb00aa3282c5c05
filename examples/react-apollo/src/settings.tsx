import { useCustomData } from 'custom-user-data-client/react';
import type { CustomData } from './custom-data.ts';

const LANGUAGES: readonly NonNullable<CustomData['language']>[] = ['en-US', 'de', 'pt-BR'];

/** Every change is shown at once, and taken back if the gateway refuses it. */
export function Settings() {
  const { customData, error, isWriting, violations, writeCustomUserData } = useCustomData();
  const { nickname = '', theme = 'light', language = 'en-US', plan = 'none' } = customData ?? {};
  // What went wrong is in `error`.
  const write = (change: Parameters<typeof writeCustomUserData>[0]) =>
    writeCustomUserData(change).catch(() => undefined);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        write({ nickname: String(new FormData(event.currentTarget).get('nickname')) });
      }}
    >
      <label>
        Nickname <input key={nickname} name="nickname" defaultValue={nickname} />
      </label>
      <button type="submit">Save</button>
      <p id="nickname-problem">{violations['nickname']}</p>
      <label>
        Theme{' '}
        <select
          name="theme"
          value={theme}
          onChange={({ target }) => write({ theme: target.value === 'dark' ? 'dark' : 'light' })}
        >
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      <label>
        Language{' '}
        <select
          name="language"
          value={language}
          onChange={({ target }) => write({ language: LANGUAGES[target.selectedIndex] ?? null })}
        >
          {LANGUAGES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <p>Plan: {plan}</p>
      <p role="status">{isWriting ? 'Saving …' : (error?.message ?? 'Saved')}</p>
    </form>
  );
}
