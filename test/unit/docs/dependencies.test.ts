import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { measureDependencies, readTable } from '../../../scripts/write-dependencies.mjs';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const page = read('docs/dependencies.md');

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly license?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly version?: string;
}

describe('the page of dependencies', () => {
  test('has a row for each of production, with its licence, its size and a reason', () => {
    const rows = readTable(page);
    const measured = measureDependencies();
    expect(rows.map(({ name, licence }) => ({ name, licence }))).toEqual(
      measured.map(({ name, licence }) => ({ name, licence })),
    );
    for (const { name, purpose, reason } of rows) {
      expect({ name, purpose, reason }).toEqual({
        name,
        purpose: expect.stringMatching(/\w/),
        reason: expect.stringMatching(/\w/),
      });
    }
    // Another version of a package may be installed within its range.
    for (const [index, { megabytes }] of measured.entries()) {
      expect(rows[index]?.megabytes).toBeGreaterThan(megabytes * 0.8 - 0.05);
      expect(rows[index]?.megabytes).toBeLessThan(megabytes * 1.2 + 0.05);
    }
  });

  test('names the licence of everything that is installed or in a bundle', () => {
    const section = page.split('## Licences')[1]?.split('##')[0] ?? '';
    const allowed =
      section.split('under one of: ')[1]?.trim().replace(/\.$/, '').split(/,\s+/) ?? [];
    const { packages } = JSON.parse(read('package-lock.json')) as {
      readonly packages: Readonly<Record<string, LockedPackage>>;
    };
    const bundled = new Set(
      ['dist/packages.json', 'dist/pages/packages.json']
        .flatMap((path) => JSON.parse(read(path)) as { name: string; version: string }[])
        .map(({ name, version }) => `${name}@${version}`),
    );
    expect(bundled.size).toBeGreaterThan(100);
    const installed = Object.entries(packages).filter(
      ([path, { dev, devOptional, license, link, optional, version }]) =>
        path !== '' &&
        !link &&
        // Of builds for other platforms the lock file does not say it.
        !(optional && license === undefined) &&
        ((!dev && !devOptional) || bundled.has(`${path.split('node_modules/').at(-1)}@${version}`)),
    );
    expect(installed.length).toBeGreaterThan(bundled.size);
    const others = installed.filter(([_path, { license = '' }]) =>
      license
        .replace(/^\((.*)\)$/, '$1')
        .split(' AND ')
        .some((each) => !allowed.includes(each)),
    );
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });
});

describe('every workflow', () => {
  const ci = read('.github/workflows/ci.yml');
  const release = read('.github/workflows/release.yml');

  test.each([
    ['ci', ci],
    ['release', release],
  ])(
    'pins its actions by the hash of a commit, and may do nothing by default: %s',
    (_name, text) => {
      const used = text.split('\n').filter((line) => /^\s*-? *uses:/.test(line));
      expect(used.length).toBeGreaterThan(1);
      for (const line of used) expect(line).toMatch(/uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      expect(text).toMatch(/^permissions: \{\}$/m);
      expect(text).not.toMatch(/write-all|pull_request_target/);
    },
  );

  test('of a release runs what CI runs, checks signatures, leaves an SBOM and says where it came from', () => {
    const runs = release.split('\n').filter((line) => line.includes('run:'));
    const orders = ['.ci/run', 'npm audit signatures', 'npm run --silent sbom', '--provenance'];
    const places = orders.map((order) => runs.findIndex((line) => line.includes(order)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});
