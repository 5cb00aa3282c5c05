/**
 * What happens to users, and what operators do to signing keys and the store and with functions, told by the use cases as it happens: the audit log and the metrics are made of it.
 *
 * An event names ids, codes and paths: no password, token, key or value of a document.
 */
import type { IdentityProvider } from '../account/account.ts';
import type { Provider } from '../config.ts';
import type { SeenRequest } from './seen-request.ts';

/** Why sessions ended. One that expires is not noticed. */
export const END_REASONS = [
  'LOGGED_OUT',
  'LOGGED_OUT_EVERYWHERE',
  'ENDED_BY_USER',
  'TOKEN_REUSED',
  'PASSWORD_RESET',
  'USER_DISABLED',
  'USER_DELETED',
  'REVOKED',
] as const;
/** One of `END_REASONS`. */
export type EndReason = (typeof END_REASONS)[number];

interface OfUser {
  readonly userId: string;
}

interface OfSession extends OfUser {
  readonly sessionId: string;
}

interface OfApiKey extends OfUser {
  readonly keyId: string;
}

/** Of all users, or of what belongs to none. */
interface OfNobody {
  readonly userId?: undefined;
}

interface OfSigningKeys extends OfNobody {
  /** Their `kid`s. */
  readonly kids: readonly string[];
}

/** What an event of each type says. */
interface EventFacts {
  readonly LOGGED_IN: OfSession & { readonly provider: Provider };
  readonly LOG_IN_REFUSED: Refusal;
  /** An e-mail address was registered, with the id that its first log-in makes an account of. */
  readonly REGISTERED: OfUser;
  readonly RESET_REQUESTED: OfUser;
  readonly PASSWORD_RESET: OfUser;
  readonly IDENTITY_LINKED: OfSession & { readonly provider: Provider };
  readonly LINK_REFUSED: OfSession & Omit<Refusal, 'userId'>;
  /** A reset of an unproven password has removed other ways in and disabled API keys. */
  readonly ACCOUNT_PURGED: OfUser & {
    readonly apiKeys: number;
    readonly providers: readonly IdentityProvider[];
  };
  readonly API_KEY_CREATED: OfSession & OfApiKey;
  readonly API_KEY_FIRST_USED: OfSession & OfApiKey;
  readonly API_KEY_DELETED: OfSession & OfApiKey;
  readonly API_KEY_ENABLED: OfSession & OfApiKey;
  readonly API_KEY_DISABLED: OfSession & OfApiKey;
  readonly TOKEN_REUSED: OfSession;
  readonly SESSION_ENDED: OfSession & { readonly reason: EndReason };
  /** All that the user had: `sessions` of them. */
  readonly SESSIONS_ENDED: OfUser & { readonly reason: EndReason; readonly sessions: number };
  readonly USER_DISABLED: OfUser;
  readonly USER_ENABLED: OfUser;
  readonly USER_DELETED: OfUser;
  /** By an operator, at these JSON Pointers. */
  readonly DOCUMENT_CHANGED: OfUser & { readonly paths: readonly string[] };
  readonly SIGNING_KEYS_ROTATED: OfSigningKeys;
  /** `isNow`: nothing that it has signed is accepted any more. */
  readonly SIGNING_KEY_RETIRED: OfSigningKeys & { readonly isNow: boolean };
  readonly SIGNING_KEYS_IMPORTED: OfSigningKeys;
  /** An operator has a function run as the system. Told as it begins, however it ends. */
  readonly FUNCTION_CALLED: { readonly userId?: undefined; readonly function: string };
  /** Told at the end of an import, however it ended. */
  readonly DATA_IMPORTED: OfNobody & {
    readonly what: ImportedData;
    readonly imported: number;
    readonly refused: number;
  };
  /** Told before the first row is written. `hasSecrets`: hashes of passwords and API keys as well. */
  readonly DATA_EXPORTED: OfNobody & { readonly hasSecrets: boolean };
  /** Fields that the schema keeps from users, whoever changed them. */
  readonly PROTECTED_FIELDS_CHANGED: OfUser & {
    readonly sessionId?: string;
    readonly paths: readonly string[];
  };
}

/** What an import brings in. */
export type ImportedData = 'users' | 'documents' | 'revisions';

/** Credentials that were refused. */
interface Refusal {
  readonly provider: Provider;
  /** A code, or a reason of one. */
  readonly reason: string;
  /** The account that they were meant for, if there is one. */
  readonly userId?: string;
  /** Hash of the e-mail address if no account has it. */
  readonly emailHash?: string;
}

/** A type of event. */
export type UserEventType = keyof EventFacts;

/** An event as a use case tells it. */
export type UserEvent = {
  readonly [Type in UserEventType]: { readonly type: Type } & EventFacts[Type];
}[UserEventType];

/** Who made it happen: a client, an operator's command, or the gateway itself, which completes what was begun. */
export type Actor = 'CLIENT' | 'OPERATOR' | 'GATEWAY';

/** An event, and when and by whom it happened. */
export type SeenUserEvent = UserEvent & {
  readonly at: Date;
  readonly actor: Actor;
  /** Address of the client. */
  readonly address?: string;
  readonly requestId?: string;
};

/** Told of every event. It takes no time and does not fail. */
export type OnUserEvent = (event: SeenUserEvent) => void;
/** How a use case tells an event. */
export type TellEvent = (event: UserEvent) => void;

/** What telling takes. */
export interface TellParts {
  readonly onUserEvent: OnUserEvent;
  /** The request that is served; `undefined`: none is. */
  readonly request?: SeenRequest | undefined;
  /** Who acts where no request is served. */
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates what tells events. The line of the request in the log has the user that the last one is about. */
export function createTellEvent({ actor, now, onUserEvent, request }: TellParts): TellEvent {
  return (event) => {
    const at = new Date(now());
    if (request === undefined) {
      onUserEvent({ ...event, at, actor });
      return;
    }
    const { facts, id: requestId, ip: address } = request;
    if (facts !== undefined && event.userId !== undefined) facts.userId = event.userId;
    onUserEvent({ ...event, at, actor: 'CLIENT', address, requestId });
  };
}
