/** The session that credentials begin, and the events that this is for triggers. */
import type { Account } from '../account/account.ts';
import type { Prepare } from '../account/accounts.ts';
import type { Config } from '../config.ts';
import { logInEvents } from './auth-events.ts';
import type { IssuedSession, Issuer, SessionStart } from './issuer.ts';
import {
  assertStillValid,
  authenticate,
  type CredentialCheck,
  type Credentials,
} from './log-in.ts';
import type { Meant } from './log-in-events.ts';
import {
  type AuthEvent,
  type AuthEvents,
  NOTHING_NOTED,
  type NotedEvents,
} from './operator-functions.ts';
import type { RefreshMode, SessionRecords } from './session-records.ts';

/** What beginning takes. */
export interface BeginParts extends CredentialCheck {
  readonly authEvents: AuthEvents;
  readonly config: Pick<Config, 'functions'>;
  readonly issuer: Issuer;
  readonly records: SessionRecords;
}

/** A log-in that runs. */
export interface LogIn {
  readonly credentials: Credentials;
  /** Where it is noted whom they are for, good or not. */
  readonly meant: Meant;
  /** By what they are checked instead of by the parts. */
  readonly check?: CredentialCheck | undefined;
}

/** A session that is stored, and what is noted of it. */
interface Begun {
  readonly session: IssuedSession;
  readonly noted: NotedEvents;
}

/**
 * Fails as `authenticate` does. Refresh tokens rotate unless they are to be fixed.
 *
 * A new account gets its session before it is there itself: whatever is done to the account, by whomever,
 * finds the session, so nothing has to be asked again. To an account of before that may have happened
 * meanwhile, and it is looked at again.
 */
export async function beginSession(
  parts: BeginParts,
  { check = parts, credentials, meant }: LogIn,
  refreshMode: RefreshMode = 'rotating',
): Promise<IssuedSession> {
  const { config, records } = parts;
  const { provider } = credentials;
  const mayWriteFirst = config.functions.onUserCreation !== undefined;
  const begun = new Set<Begun>();
  const endBegun = async () => {
    for (const { noted, session } of begun) {
      await records.end(session.claims.sessionId);
      await noted.withdraw();
    }
    begun.clear();
  };
  const prepare: Prepare = async (account, isIdNew) => {
    const start = { refreshMode, hasDocument: mayWriteFirst || !isIdNew };
    begun.add(await begin(parts, account, start, logInEvents(account, provider, true)));
    return endBegun;
  };
  const account = await authenticate(check, credentials, { prepare, meant }).catch(
    async (error) => {
      await endBegun();
      throw error;
    },
  );
  const [first] = begun;
  if (first !== undefined) return happened(first);
  const events = logInEvents(account, provider, false);
  const later = await begin(parts, account, { refreshMode }, events);
  try {
    await assertStillValid(parts, account, later.session.claims.sessionId);
  } catch (error) {
    await later.noted.withdraw();
    throw error;
  }
  return happened(later);
}

function happened({ noted, session }: Begun): IssuedSession {
  noted.happened();
  return session;
}

/** Stores a session and notes the events with it: neither is there without the other for long. */
async function begin(
  { authEvents, issuer }: BeginParts,
  account: Account,
  start: SessionStart,
  events: readonly AuthEvent[],
): Promise<Begun> {
  let noting = Promise.resolve(NOTHING_NOTED);
  const alsoStore = () => {
    noting = authEvents.note(events);
    return noting;
  };
  try {
    const session = await issuer.startSession(account, { ...start, alsoStore });
    return { session, noted: await noting };
  } catch (error) {
    const noted = await noting.catch(() => NOTHING_NOTED);
    await noted.withdraw();
    throw error;
  }
}
