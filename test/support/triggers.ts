/** What tests of triggers have in common. */
import { Binary } from '../../src/bson.ts';
import type { AuthOperation, AuthTrigger } from '../../src/config.ts';
import type { EventRecord } from '../../src/functions/triggers/event-records.ts';
import { encodeEvent } from '../../src/functions/triggers/event-values.ts';
import type { AuthEvent } from '../../src/session/operator-functions.ts';

/** 24 hex digits. */
export const USER_ID = '0123456789abcdef01234567';

/** A trigger for the log-ins of an e-mail address, or with these changes. */
export function createTrigger(changes: Partial<AuthTrigger> = {}): AuthTrigger {
  return {
    name: 'onLogIn',
    functionName: 'welcome',
    operation: 'LOGIN',
    providers: ['local-userpass'],
    from: 'triggers/onLogIn.json',
    ...changes,
  };
}

/** A trigger as an app exports it. */
export function exportTrigger(
  { functionName, name, operation, providers }: AuthTrigger,
  isDisabled = false,
): object {
  return {
    name,
    type: 'AUTHENTICATION',
    disabled: isDisabled,
    config: { operation_type: operation, providers },
    event_processors: { FUNCTION: { config: { function_name: functionName } } },
  };
}

/** An event of a user with an e-mail address. */
export function createEvent(
  operation: AuthOperation = 'LOGIN',
  providers: readonly string[] = ['local-userpass'],
): AuthEvent {
  const data = { email: 'ada@example.com' };
  const identity = { id: 'i1', shownId: 'i1', provider: 'local-userpass', data } as const;
  return { operation, providers, user: { userId: USER_ID, data, identities: [identity] } };
}

/** The record of an event that was noted at `time`, epoch milliseconds, and is due then. */
export function createRecord(time: number, changes: Partial<EventRecord> = {}): EventRecord {
  const operation = changes.operation ?? 'LOGIN';
  return {
    _id: 'e1',
    trigger: 'onLogIn',
    operation,
    userId: USER_ID,
    event: encodeEvent(createEvent(operation), new Date(time), {}) ?? new Binary(),
    tries: 0,
    dueAt: new Date(time),
    expiresAt: new Date(time + 1e9),
    ...changes,
  };
}
