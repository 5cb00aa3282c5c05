/** Whose cache it is: what one user has read the next one must not see. */
import type { ApolloClient } from '@apollo/client';
import type { Session, SessionEvent } from '../types.ts';

/** Keeps the caches of clients those of the session's user. */
export interface Owner {
  /** The user of now, whose answer goes into the cache of `client`; `null`: nobody's. */
  readonly claim: (client: ApolloClient) => string | null;
}

/** Begins to follow the session. */
export function followOwner<Data>(session: Session<Data>): Owner {
  const clients = new Set<ApolloClient>();
  let owner: string | null = null;

  session.subscribe(async (event: SessionEvent) => {
    const id = session.user?.id ?? null;
    if (id === owner) return;
    owner = id;
    // Who has logged out is shown nothing, and nothing is asked for in the name of nobody.
    const isLeft = event === 'LOGGED_OUT' || event === 'ENDED';
    for (const client of clients) {
      // Queries that fail when they are fetched again tell those who watch them.
      await (isLeft ? client.clearStore() : client.resetStore()).catch(() => undefined);
    }
  });

  return {
    claim(client) {
      if (clients.size === 0) owner = session.user?.id ?? null;
      clients.add(client);
      return session.user?.id ?? null;
    },
  };
}
