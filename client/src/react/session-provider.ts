/** A session for the components below, and what they see of it. */
import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react';
import type { CustomData, Session, SessionStatus, User } from '../types.ts';
import { createPendingWrites, type PendingWrites } from './pending-writes.ts';

/** A session and what is being written in it. */
interface Provided<Data> {
  readonly session: Session<Data>;
  readonly pending: PendingWrites<Data>;
}

/** Of which type the document is, components say; a context cannot. */
const Context = createContext<unknown>(undefined);

/** Gives the components below a session. It stays whoever's it is: nothing is closed when the provider goes. */
export function SessionProvider<Data>(props: {
  readonly session: Session<Data>;
  readonly children?: ReactNode;
}): ReactNode {
  const { session, children } = props;
  const value = useMemo(
    (): Provided<Data> => ({ session, pending: createPendingWrites(session) }),
    [session],
  );
  return createElement(Context.Provider, { value }, children);
}

/** What a component sees of the session, and its methods. */
export interface SeenSession<Data = CustomData>
  extends Pick<
    Session<Data>,
    'logIn' | 'registerUser' | 'logOut' | 'refreshCustomData' | 'getAccessToken'
  > {
  /** On a server, and until a page is hydrated, `restoring`: only the browser knows who is logged in. */
  readonly status: SessionStatus;
  readonly user: User<Data> | null;
  readonly session: Session<Data>;
}

/** The session as it is now; the component is drawn again when status or user change. Throws without a `SessionProvider`. */
export function useSession<Data = CustomData>(): SeenSession<Data> {
  const { session } = useProvided<Data>();
  const status = useSyncExternalStore(session.subscribe, () => session.status, onServer);
  const user = useSyncExternalStore(session.subscribe, () => session.user, getNobody);
  return useMemo(() => ({ ...session, session, status, user }), [session, status, user]);
}

/** What the provider above gives. */
export function useProvided<Data>(): Provided<Data> {
  const provided = useContext(Context) as Provided<Data> | undefined;
  if (provided === undefined) throw new Error('There is no "SessionProvider" above this component');
  return provided;
}

/** The server's, and that of the first drawing in the browser, which must be the same. */
export const getNobody = (): null => null;
const onServer = (): SessionStatus => 'restoring';
