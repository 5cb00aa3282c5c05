const { TestEnvironment } = require('jest-environment-node');

/** Skips what is left after a failed test: one is enough to kill a mutant, and jest's `bail` counts files. */
class FailFastEnvironment extends TestEnvironment {
  hasFailed = false;

  /** @param {{ name: string, test?: { mode?: string | null } }} event */
  handleTestEvent({ name, test }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.hasFailed = true;
    if (name === 'test_start' && test !== undefined && this.hasFailed) test.mode = 'skip';
  }
}

module.exports = FailFastEnvironment;
