/** What the methods of a session are made of. */
import type { Platform } from './platform.ts';
import type { State } from './state.ts';
import type { Send } from './transport.ts';

/** Made once a session, and handed to all that need some of it. */
export interface Parts {
  readonly platform: Platform;
  /** The gateway, as the app named it. */
  readonly url: string;
  /** Of the entry in the storage; also the name of the lock. */
  readonly key: string;
  readonly send: Send;
  readonly state: State;
}
