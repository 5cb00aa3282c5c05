import { availableParallelism } from 'node:os';

const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': '@swc/jest' },
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/'],
};

/** Unit tests never touch a database; integration tests never mock one. */
export default {
  // For what hangs, not for what is slow: tests say of themselves how long they may take if longer.
  // At the top, the only place where jest reads it: in a project it limits neither tests nor hooks.
  testTimeout: 30_000,
  // Modules that were loaded stay in memory: with worker processes they go when one grows too large,
  // and jest uses workers only if there are two.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  workerIdleMemoryLimit: '1GB',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/integration/cost/'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
    // Measured in CPU time, so beside the tests and one file at a time: see test/README.md.
    { ...shared, displayName: 'cost', testMatch: ['<rootDir>/test/integration/cost/*.test.ts'] },
    { ...shared, displayName: 'browser', testMatch: ['<rootDir>/test/browser/**/*.test.ts'] },
  ],
};
