/** Stops the databases that the global set-up started. */
import { releaseTestServers } from './mongodb/held-server.ts';

/** Run by jest once after the integration tests. */
export default async function tearDown(): Promise<void> {
  await releaseTestServers();
}
