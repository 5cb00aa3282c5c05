import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { type Request, toCurl } from '../../../../src/pages/explorer/curl.ts';

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
const REQUEST: Request = {
  endpoint: 'http://127.0.0.1:4000/graphql',
  query: '{ me { id } }',
  operationName: null,
  variables: {},
  headers: {},
  hasToken: false,
};

/** What a shell makes of the command: its arguments. */
function argumentsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const output = execFileSync('sh', ['-c', script], { env: { ACCESS_TOKEN: 'from-outside' } });
  return output.toString().split('\0').slice(0, -1);
}

describe('copy as curl', () => {
  test('is what the explorer sends', () => {
    expect(argumentsOf(toCurl(REQUEST))).toEqual([
      'http://127.0.0.1:4000/graphql',
      '-H',
      'content-type: application/json',
      '--data-raw',
      '{"query":"{ me { id } }"}',
    ]);
  });

  test('names the token that goes along, and does not have it', () => {
    const headers = { Authorization: `Bearer ${TOKEN}`, Cookie: 'a=b', 'x-mine': 'yes' };
    const command = toCurl({ ...REQUEST, headers, hasToken: true });
    expect(command).not.toMatch(/eyJ|a=b/);
    expect(argumentsOf(command)).toContain('authorization: Bearer from-outside');
    expect(argumentsOf(command)).toContain('x-mine: yes');
  });

  test('leaves tokens out wherever they are', () => {
    const command = toCurl({
      ...REQUEST,
      query: `mutation { refreshSession(refreshToken: "${TOKEN}") { accessToken } }`,
      variables: { refreshToken: TOKEN },
      headers: { 'x-token': TOKEN },
    });
    expect(command).not.toContain('eyJ');
    expect(command.match(/TOKEN/g)).toHaveLength(3);
  });

  test.each(["it's", '$(touch x) `id` "$HOME" \\', 'a\nb', '!!'])(
    'a shell takes %j as it is',
    (text) => {
      const command = toCurl({ ...REQUEST, operationName: 'Q', variables: { text } });
      const body = JSON.parse(argumentsOf(command).at(-1) ?? '');
      expect(body).toEqual({ query: REQUEST.query, operationName: 'Q', variables: { text } });
    },
  );
});
