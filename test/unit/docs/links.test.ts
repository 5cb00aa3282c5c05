import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const DECISIONS = join(ROOT, 'docs/decisions');

const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));

test.each(documents)('the links of %s to other files lead somewhere', (file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(
    ([, target]) => target ?? '',
  );
  const broken = targets.filter((target) => !existsSync(join(ROOT, dirname(file), target)));
  expect(broken).toEqual([]);
});

test('the index of decisions lists every decision', () => {
  const index = readFileSync(join(DECISIONS, 'README.md'), 'utf8');
  const listed = [...index.matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)].map(([, file]) => file);
  const existing = readdirSync(DECISIONS).filter((file) => /^\d{4}-/.test(file));
  expect(listed).toEqual(existing.sort());
});
