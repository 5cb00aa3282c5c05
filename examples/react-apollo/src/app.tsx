import { useSession } from 'custom-user-data-client/react';
import { LogIn } from './log-in.tsx';
import { Sessions } from './sessions.tsx';
import { Settings } from './settings.tsx';

/** Who is logged in decides what there is to see. */
export function App() {
  const { status, user, logOut } = useSession();
  if (status === 'restoring') return <p aria-busy="true">Loading …</p>;
  if (user === null) return <LogIn />;
  return (
    <>
      <h1>Settings</h1>
      <p>
        User <code>{user.id}</code>{' '}
        <button type="button" onClick={() => logOut()}>
          Log out
        </button>
      </p>
      <Settings key={user.id} />
      <Sessions />
    </>
  );
}
