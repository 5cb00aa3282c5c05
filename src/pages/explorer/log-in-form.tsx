/** Logging in, with every provider that is enabled, or with a token from elsewhere. */
import { useState } from 'preact/hooks';
import { Act } from '../shared/act.tsx';
import { type Failure, toFailure } from '../shared/failure.ts';
import { Empty, Failed } from '../shared/states.tsx';
import { LOG_IN_WAYS } from './credentials.ts';
import type { Model } from './model.ts';
import type { Provider } from './settings.ts';

type Way = Provider | 'token';

/** Shows the form. */
export function LogInForm({ model }: { readonly model: Model }) {
  const { providers } = model.settings;
  const [way, setWay] = useState<Way>(providers[0] ?? 'token');
  return (
    <>
      <Empty title="Nobody is logged in">
        <p>Log in, and the access token goes along with every operation that you run.</p>
      </Empty>
      <label for="way">Log in with</label>
      <select
        id="way"
        value={way}
        onChange={({ currentTarget: { value } }) => setWay(value as Way)}
      >
        {providers.map((provider) => (
          <option key={provider} value={provider}>
            {LOG_IN_WAYS[provider].label}
          </option>
        ))}
        <option value="token">A token that you have</option>
      </select>
      {way === 'token' ? (
        <PasteForm model={model} />
      ) : (
        <ProviderForm key={way} model={model} provider={way} />
      )}
    </>
  );
}

interface ProviderFormProps {
  readonly model: Model;
  readonly provider: Provider;
}

function ProviderForm({ model, provider }: ProviderFormProps) {
  const { fields, toCredentials } = LOG_IN_WAYS[provider];
  const { error, isBusy, attempt } = useAttempt();
  const logIn = (form: HTMLFormElement) =>
    attempt(async () => {
      await model.session.logIn(toCredentials(...valuesOf(form)));
    });
  const register = (form: HTMLFormElement) =>
    attempt(async () => {
      const [email = '', password = ''] = valuesOf(form);
      await model.session.registerUser(email, password);
      await model.session.logIn({ emailPassword: { email, password } });
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const isNew = event.submitter?.getAttribute('name') === 'register';
        void (isNew ? register : logIn)(event.currentTarget);
      }}
    >
      {fields.map(({ name, label, type, autocomplete }) => (
        <div key={name}>
          <label for={name}>{label}</label>
          {type === 'json' && (
            <textarea id={name} name={name} rows={4} required defaultValue="{}" />
          )}
          {type === 'email' && (
            <input id={name} name={name} type="email" autoComplete={autocomplete} required />
          )}
          {type === 'password' && (
            <input id={name} name={name} type="password" autoComplete={autocomplete} required />
          )}
        </div>
      ))}
      {error !== null && <Failed what="Logging in did not work" error={error} />}
      <p class="acts">
        <Act type="submit" class="primary" disabled={isBusy}>
          Log in
        </Act>
        {provider === 'email-password' && (
          <Act type="submit" name="register" disabled={isBusy}>
            Register and log in
          </Act>
        )}
      </p>
    </form>
  );
}

function PasteForm({ model }: { readonly model: Model }) {
  const [isRefused, setRefused] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const [token = ''] = valuesOf(event.currentTarget);
        setRefused(!model.paste(token.trim()));
      }}
    >
      <label for="pasted">Access token</label>
      <input
        id="pasted"
        name="pasted"
        type="password"
        autoComplete="off"
        required
        aria-invalid={isRefused}
        aria-describedby={isRefused ? 'pasted-problem' : undefined}
      />
      {isRefused && (
        <p id="pasted-problem" role="alert">
          That is no access token.
        </p>
      )}
      <p class="acts">
        <button type="submit" class="primary">
          Use it
        </button>
      </p>
    </form>
  );
}

/** Something that may fail: what it failed with, and whether it is under way. */
function useAttempt() {
  const [error, setError] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (reason) {
      setError(toFailure(reason));
    }
    setBusy(false);
  };
  return { error, isBusy, attempt };
}

/** The values of the fields, in their order; buttons are none. */
function valuesOf(form: HTMLFormElement): string[] {
  return [...new FormData(form).values()].filter((value) => typeof value === 'string');
}
