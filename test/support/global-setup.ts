/** Starts one MongoDB for the whole run and tells the test files of it through the environment. */

import { holdTestServer } from './mongodb/held-server.ts';
import { findTestServer } from './mongodb/test-server.ts';

/**
 * Run by jest once before the integration tests.
 *
 * @throws Error if there is no MongoDB although `MONGODB_TESTS` is `required`.
 */
export default async function setUp(): Promise<void> {
  const server = await findTestServer(process.env);
  if (server.type === 'none') {
    const advice = 'install Java and Maven, or set MONGODB_TEST_URI (see test/README.md)';
    const message = `No MongoDB for the tests (${server.reason}): ${advice}`;
    if (process.env.MONGODB_TESTS === 'required') throw new Error(message);
    process.env.MONGODB_TEST_SKIPPED = message;
    process.stderr.write(`\nSKIPPED: the MongoDB suites. ${message}\n`);
    return;
  }
  process.env.MONGODB_TEST_KIND = server.kind;
  process.env.MONGODB_TEST_URI = server.uri;
  holdTestServer(server);
}
