import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const ROOT = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('SECURITY.md', ROOT), 'utf8');
const section = page.split('It means to guarantee')[1]?.split('\n## ')[0] ?? '';
const promises = section.split(/\n(?=- )/).slice(1);

test('SECURITY.md makes promises', () => {
  expect(promises.length).toBeGreaterThan(10);
});

test.each(promises.map((promise) => [promise.slice(2, 70), promise] as const))(
  'a test is named for the promise "%s…"',
  (_beginning, promise) => {
    const named = [...promise.matchAll(/\]\((test\/[\w/-]+\.test\.ts)\)/g)].map(([, path]) => path);
    expect(named).not.toEqual([]);
    expect(named.filter((path) => !existsSync(new URL(path ?? '', ROOT)))).toEqual([]);
  },
);
