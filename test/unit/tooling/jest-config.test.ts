import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('the configuration of jest', () => {
  test('limits tests and hooks to 30 s: jest reads the limit at the top, not in a project', () => {
    const jest = resolve(ROOT, 'node_modules/jest/bin/jest.js');
    const parameters = ['--experimental-vm-modules', jest, '--showConfig'];
    const shown = execFileSync(process.execPath, parameters, { cwd: ROOT, encoding: 'utf8' });
    const { globalConfig } = JSON.parse(shown) as { globalConfig: { testTimeout?: number } };
    expect(globalConfig.testTimeout).toBe(30_000);
  });
});
