import { useSession } from 'custom-user-data-client/react';
import { type FormEvent, useState } from 'react';

/** Logs in with an e-mail address, or as a guest. */
export function LogIn() {
  const { logIn, registerUser } = useSession();
  const [problem, setProblem] = useState('');

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const email = String(fields.get('email'));
    const password = String(fields.get('password'));
    const { value } = (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement;
    try {
      if (value === 'register') await registerUser(email, password);
      await logIn(value === 'guest' ? { anonymous: true } : { emailPassword: { email, password } });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form onSubmit={submit}>
      <h1>Log in</h1>
      <label>
        E-mail <input name="email" type="email" autoComplete="username" />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" />
      </label>
      <button type="submit" value="log-in">
        Log in
      </button>
      <button type="submit" value="register">
        Register
      </button>
      <button type="submit" value="guest">
        As a guest
      </button>
      <p role="alert">{problem}</p>
    </form>
  );
}
