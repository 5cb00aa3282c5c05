import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { useEmbeddedGateway } from '../../support/gateway.ts';

const EXAMPLE = new URL('../../../examples/realm-web/', import.meta.url);

describe('the example app', () => {
  const gateway = useEmbeddedGateway();

  test('prints what its README says', async () => {
    const script = new URL('script.js', EXAMPLE).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [script, gateway().url]);
    const readme = await readFile(new URL('README.md', EXAMPLE), 'utf8');
    expect(readme).toContain(`\`\`\`text\n${stdout}\`\`\``);
  });
});
