/** Starts the databases for the whole run and tells the test files of them through the environment. */

import { startFerretServer } from './mongodb/ferretdb-server.ts';
import { holdTestServer } from './mongodb/held-server.ts';
import { CACHE, findTestServer } from './mongodb/test-server.ts';

/**
 * Run by jest once before the integration tests.
 *
 * @throws Error if there is no MongoDB although `MONGODB_TESTS` is `required`, or no FerretDB
 * although `FERRETDB_TESTS` is.
 */
export default async function setUp(): Promise<void> {
  // Both: one that fails must not leave the other running without a holder.
  const outcomes = await Promise.allSettled([setUpMongo(), setUpFerret()]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function setUpMongo(): Promise<void> {
  if (process.env.MONGODB_TESTS === 'off') return;
  const server = await findTestServer(process.env);
  if (server.type === 'none') {
    const advice = 'install Java and Maven, or set MONGODB_TEST_URI';
    reportMissing('MongoDB', server.reason, advice, process.env.MONGODB_TESTS);
    return;
  }
  process.env.MONGODB_TEST_KIND = server.kind;
  process.env.MONGODB_TEST_URI = server.uri;
  holdTestServer(server);
}

async function setUpFerret(): Promise<void> {
  if (process.env.FERRETDB_TESTS === 'off') return;
  try {
    const server = await startFerretServer(CACHE);
    process.env.MONGODB_TEST_FERRETDB_URI = server.uri;
    holdTestServer(server);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it failed';
    reportMissing('FerretDB', reason, 'install Go 1.22 or newer', process.env.FERRETDB_TESTS);
  }
}

/** @throws Error if the suites that need it must run. */
function reportMissing(
  name: string,
  reason: string,
  advice: string,
  isRequired: string | undefined,
): void {
  const message = `No ${name} for the tests (${reason}): ${advice} (see test/README.md)`;
  if (isRequired === 'required') throw new Error(message);
  process.stderr.write(`\nSKIPPED: the ${name} suites. ${message}\n`);
}
