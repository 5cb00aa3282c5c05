import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { printClientTypes } from '../../../src/custom-data/schema/client-types.ts';
import { createCustomDataSchema } from '../../../src/custom-data/schema/custom-data-schema.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/react-apollo');
const read = (path: string) => readFileSync(join(EXAMPLE, path), 'utf8');

test('an app with a session and Apollo Client needs five lines of glue', () => {
  const lines = read('src/main.tsx').split('\n');
  const glue = lines.filter(
    (line) => /\b(?:session|link|client)\b/i.test(line) && !/^import|^\s*<\//.test(line),
  );
  expect(glue.map((line) => line.trim().split(/[ =(]/, 2).join(' '))).toEqual([
    'const session',
    'const link',
    'const client',
    '<SessionProvider session',
    '<ApolloProvider client',
  ]);
  // README shows these very lines.
  const readme = readFileSync(join(EXAMPLE, '../../README.md'), 'utf8').split('\n', 30);
  expect(readme).toEqual(expect.arrayContaining(glue.map((line) => line.trim())));
});

test('its types are what the command prints of its schema', () => {
  const { root } = createCustomDataSchema(JSON.parse(read('profile.schema.json')), {
    userIdField: 'userId',
  });
  const plain = (text: string) => text.replaceAll(/["']/g, '"');
  expect(plain(read('src/custom-data.ts'))).toBe(plain(printClientTypes(root)));
});
