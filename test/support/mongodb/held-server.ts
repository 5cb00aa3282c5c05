/** Where jest's global set-up leaves the server for its global tear-down, in the same process. */
import type { ServerProcess } from './server-process.ts';

const KEY = Symbol.for('custom-user-data-gateway.mongodb-test-server');
const held = globalThis as { [KEY]?: ServerProcess };

/** Remembers the server until `releaseTestServer`. */
export function holdTestServer(server: ServerProcess): void {
  held[KEY] = server;
}

/** Stops the server, if there is one. */
export async function releaseTestServer(): Promise<void> {
  await held[KEY]?.stop();
  delete held[KEY];
}
