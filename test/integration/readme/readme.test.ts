import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { useEmbeddedGateway } from '../../support/gateway.ts';

const README = new URL('../../../README.md', import.meta.url);

describe('the README', () => {
  const gateway = useEmbeddedGateway();

  test('its requests, pasted into a shell, give its answers', async () => {
    const text = await readFile(README, 'utf8');
    const script = block(text, 'sh').replaceAll('http://127.0.0.1:4000', gateway().url);
    const { stdout } = await promisify(execFile)('bash', ['-euc', `TOKEN=none\n${script}`]);
    expect(parseLines(withoutIds(stdout))).toEqual(parseLines(withoutIds(block(text, 'json'))));
  });
});

function block(text: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`The README has no block in ${language}`);
  return found;
}

/** Ids differ from run to run; the README writes them as an ellipsis. */
function withoutIds(text: string): string {
  return text.replaceAll(/"[0-9a-f]{24}"/g, '"…"');
}

function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
