import { gql, type TypedDocumentNode } from '@apollo/client';
import { useMutation, useQuery } from '@apollo/client/react';

interface UserSession {
  readonly id: string;
  readonly createdAt: string;
  readonly userAgent: string | null;
}

const SESSIONS: TypedDocumentNode<{ readonly sessions: readonly UserSession[] }> = gql`
  query Sessions {
    sessions {
      id
      createdAt
      userAgent
    }
  }
`;

const TURN_DARK = gql`
  mutation TurnDark {
    updateCustomUserData(operations: [{ set: { path: "/theme", value: "dark" } }]) {
      user {
        id
        customData
      }
    }
  }
`;

/** What Apollo Client asks for in the user's name: the link sees to the token, also to the one of a write. */
export function Sessions() {
  const { data, loading } = useQuery(SESSIONS);
  const [turnDark] = useMutation(TURN_DARK);
  if (loading) return <p aria-busy="true">Loading …</p>;
  return (
    <section>
      <h2>Where you are logged in</h2>
      <ul id="sessions">
        {data?.sessions.map(({ id, createdAt, userAgent }) => (
          <li key={id}>
            {new Date(createdAt).toLocaleString()}, {userAgent}
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => turnDark().catch(() => undefined)}>
        Dark, by Apollo Client
      </button>
    </section>
  );
}
