import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('the data source that docs/federation.md shows is the one that the tests run', () => {
  const source = read('test/support/federated-graph/account-data-source.mjs');
  expect(read('docs/federation.md')).toContain(`\`\`\`js\n${source}\`\`\`\n`);
});
