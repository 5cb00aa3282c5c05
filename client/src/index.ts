/** Sessions of a custom user data gateway, without anything of Node, the DOM or a framework. */
import type { Platform } from './platform.ts';
import { createSessionOn } from './session.ts';
import type { CustomData, Session, SessionOptions } from './types.ts';

export { GatewayError, OfflineError } from './errors.ts';
export type { Awaitable, Fetch, FetchAnswer, SessionStorage } from './platform.ts';
export type {
  AnyDocument,
  Credentials,
  CustomData,
  CustomDataOperation,
  Expectation,
  NewCustomUserData,
  Register,
  Reissued,
  Session,
  SessionEvent,
  SessionOptions,
  SessionStatus,
  UpdateResult,
  User,
  WriteMode,
  Written,
} from './types.ts';

/** Creates the session of a page, an app or a worker. What the storage has is restored at once if it answers at once. */
export function createSession<Data = CustomData>(options: SessionOptions): Session<Data> {
  return createSessionOn<Data>(globalThis as unknown as Platform, options);
}
