/** What is told of a log-in: whom it let in, or why it was refused and for whom it was meant. */
import type { ApiKeys } from '../account/api-keys.ts';
import type { Provider } from '../config.ts';
import { MAX_ADDRESS_BYTES, mailboxOf } from '../email-address.ts';
import { isGatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { IssuedSession } from './issuer.ts';
import type { TellEvent, UserEvent } from './user-events.ts';

/** What is found out about credentials while they are checked, whether they are good or not. */
export interface Meant {
  /** The account that they are for. */
  userId?: string;
  /** The API key, if nobody has logged in with it yet. */
  unusedKeyId?: string;
}

/** What is told of credentials. */
interface Presented {
  readonly provider: Provider;
  readonly email?: string;
}

/** What telling takes. */
export interface LogInEventParts {
  readonly apiKeys: Pick<ApiKeys, 'noteFirstUse'>;
  readonly log: Log;
  readonly tell: TellEvent;
  /** Whether an audit log is kept: otherwise the first use of a key is not worth a write. */
  readonly isAudited: boolean;
  /** Hashes the address of a refused log-in that no account has; `undefined`: nobody keeps it. */
  readonly hashEmail?: ((mailbox: string) => string) | undefined;
}

/** Runs a log-in and tells what came of it. Fails as it does; an outage is told by nothing. */
export async function tellLogIn(
  parts: LogInEventParts,
  credentials: Presented,
  run: (meant: Meant) => Promise<IssuedSession>,
): Promise<IssuedSession> {
  const { provider } = credentials;
  const meant: Meant = {};
  let session: IssuedSession;
  try {
    session = await run(meant);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason !== null) {
      const whose = whoseOf(parts, credentials, meant);
      parts.tell({ type: 'LOG_IN_REFUSED', provider, reason, ...whose });
    }
    throw error;
  }
  const { sessionId, userId } = session.claims;
  parts.tell({ type: 'LOGGED_IN', provider, userId, sessionId });
  await tellFirstUse(parts, meant, { userId, sessionId });
  return session;
}

/** Why credentials were refused; `null`: they were not, the gateway could not tell. */
export function reasonOf(error: unknown): string | null {
  if (!isGatewayError(error)) return null;
  if (error.code === 'SERVICE_UNAVAILABLE' || error.code === 'INTERNAL_SERVER_ERROR') return null;
  return isGatewayError(error, 'INVALID_CREDENTIALS')
    ? (error.details.reason ?? error.code)
    : error.code;
}

/** What was typed as an address may be anything, a password even: it is told again by its hash. */
function whoseOf(
  { hashEmail }: LogInEventParts,
  { email }: Presented,
  { userId }: Meant,
): Pick<Extract<UserEvent, { type: 'LOG_IN_REFUSED' }>, 'userId' | 'emailHash'> {
  if (userId !== undefined) return { userId };
  if (hashEmail === undefined || email === undefined) return {};
  return Buffer.byteLength(email) > MAX_ADDRESS_BYTES
    ? {}
    : { emailHash: hashEmail(mailboxOf(email)) };
}

/** Of two first uses at once one is the first. The log-in does not fail with the note. */
async function tellFirstUse(
  { apiKeys, isAudited, log, tell }: LogInEventParts,
  { unusedKeyId: keyId }: Meant,
  holder: { readonly userId: string; readonly sessionId: string },
): Promise<void> {
  if (keyId === undefined || !isAudited) return;
  try {
    if (await apiKeys.noteFirstUse(keyId)) tell({ type: 'API_KEY_FIRST_USED', keyId, ...holder });
  } catch (error) {
    log.warn({ err: error, keyId }, 'the first use of an API key could not be noted');
  }
}
