import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const readManifest = (folder: string) =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
const client = readManifest('client');
const gateway = readManifest('.');

describe('the client package', () => {
  test('has the version of the gateway, with which it is released', () => {
    expect([client.version, client.license]).toEqual([gateway.version, gateway.license]);
  });

  test('depends on nothing, and on its peers only if they are there', () => {
    expect(Object.keys(client)).not.toContain('dependencies');
    const peers = Object.keys(client.peerDependencies);
    expect(peers).toEqual(['@apollo/client', 'react']);
    for (const peer of peers) expect(client.peerDependenciesMeta[peer]).toEqual({ optional: true });
  });

  test('is no dependency of an installed gateway, whose pages have it in their bundle', () => {
    expect(Object.keys(gateway.dependencies)).not.toContain(client.name);
    expect(Object.keys(gateway.devDependencies)).toContain(client.name);
  });

  test('has types for each entry, and nothing that runs when it is imported', () => {
    const entries = Object.entries(client.exports).filter(([, entry]) => typeof entry === 'object');
    expect(entries.map(([name]) => name)).toEqual(['.', './apollo', './changes', './react']);
    for (const [, entry] of entries) {
      expect(Object.keys(entry as object)).toEqual(['types', 'default']);
    }
    expect(client.sideEffects).toBe(false);
  });
});
