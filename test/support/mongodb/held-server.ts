/** Where jest's global set-up leaves the servers for its global tear-down, in the same process. */
import type { ServerProcess } from './server-process.ts';

const KEY = Symbol.for('custom-user-data-gateway.mongodb-test-servers');
const held = globalThis as { [KEY]?: ServerProcess[] };

/** Remembers the server until `releaseTestServers`. */
export function holdTestServer(server: ServerProcess): void {
  held[KEY] = [...(held[KEY] ?? []), server];
}

/** Stops every server there is. */
export async function releaseTestServers(): Promise<void> {
  const servers = held[KEY] ?? [];
  delete held[KEY];
  await Promise.all(servers.map((server) => server.stop()));
}
