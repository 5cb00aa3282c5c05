import { fileURLToPath } from 'node:url';

/** The tests that `npm run mutation` runs against every mutant. */
export default {
  testEnvironment: fileURLToPath(
    new URL('test/mutation/fail-fast-environment.cjs', import.meta.url),
  ),
  transform: { '^.+\\.ts$': '@swc/jest' },
  extensionsToTreatAsEsm: ['.ts'],
  injectGlobals: false,
  testMatch: ['<rootDir>/test/mutation/all.test.ts'],
};
