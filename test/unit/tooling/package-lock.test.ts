import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { completeLock, findMissing, parsePlatform } from '../../../scripts/package-lock.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

describe('package-lock.json', () => {
  test('has an entry for every optional dependency, so npm ci takes it on every platform', () => {
    expect(findMissing(lock)).toEqual([]);
  });

  test('names no download address: what is resolved is a workspace of ours', () => {
    const entries: readonly { readonly resolved?: string; readonly link?: boolean }[] =
      Object.values(lock.packages);
    const resolved = entries.filter((entry) => 'resolved' in entry);
    expect(resolved).toEqual([{ resolved: 'client', link: true }]);
  });

  test('has what the client package is developed with as that: a production install goes without', () => {
    for (const name of ['react', 'react-dom', '@apollo/client', 'rxjs', 'esbuild']) {
      expect([name, lock.packages[`node_modules/${name}`].dev]).toEqual([name, true]);
    }
  });
});

describe('completeLock', () => {
  const parent = {
    version: '1.0.0',
    dev: true,
    optionalDependencies: { '@x/y-darwin-arm64': '1.0.0' },
  };

  test('adds what is missing and changes nothing else', () => {
    const packages = { 'node_modules/z': parent };
    expect(completeLock({ packages }).packages).toEqual({
      ...packages,
      'node_modules/@x/y-darwin-arm64': {
        version: '1.0.0',
        dev: true,
        optional: true,
        os: ['darwin'],
        cpu: ['arm64'],
      },
    });
  });

  test('a nested copy counts for the packages below it', () => {
    const packages = {
      'node_modules/z': parent,
      'node_modules/z/node_modules/@x/y-darwin-arm64': { version: '1.0.0' },
    };
    expect(findMissing({ packages })).toEqual([]);
  });
});

describe('parsePlatform', () => {
  test.each([
    ['@swc/core-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
    ['@biomejs/cli-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@swc/core-win32-x64-msvc', { os: ['win32'], cpu: ['x64'] }],
  ])('%s', (name, platform) => {
    expect(parsePlatform(name)).toEqual(platform);
  });

  test('refuses a name without a platform', () => {
    expect(() => parsePlatform('left-pad')).toThrow('left-pad');
  });
});
