const { TestEnvironment } = require('jest-environment-node');

/** Skips what is left after a failed test: one is enough to kill a mutant, and jest's `bail` counts files. */
class FailFastEnvironment extends TestEnvironment {
  hasFailed = false;

  /** @param {{ name: string, test?: { mode?: string | null, errors?: unknown[] } }} event */
  handleTestEvent({ name, test }) {
    if (test === undefined) return;
    if (name === 'test_start' && this.hasFailed) test.mode = 'skip';
    // Not sooner: a failed hook fails the tests after it, and one of them has to be reported.
    if (name === 'test_done' && (test.errors ?? []).length > 0) this.hasFailed = true;
  }
}

module.exports = FailFastEnvironment;
