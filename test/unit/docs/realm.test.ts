import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const DOCS = readFileSync(join(import.meta.dirname, '../../../docs/realm.md'), 'utf8');

/** The cells of each row of a marked table. */
function rowsOf(table: string): string[][] {
  const text = new RegExp(`<!-- table:${table} -->\n([\\s\\S]*?)<!-- /table`).exec(DOCS)?.[1] ?? '';
  return text
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const APP = '/app/{app}';
const LOG_IN = `${APP}/auth/providers/{provider}/login`;
const USERPASS = `${APP}/auth/providers/local-userpass`;

/** Every endpoint that App Services clients use. */
const ENDPOINTS = [
  `GET ${APP}/location`,
  `POST ${LOG_IN}`,
  'GET /auth/profile',
  'POST /auth/session',
  'DELETE /auth/session',
  `POST ${APP}/functions/call`,
  `GET ${APP}/functions/call`,
  `POST ${APP}/functions/call`,
  `POST ${USERPASS}/register`,
  `POST ${USERPASS}/confirm`,
  `POST ${USERPASS}/confirm/send`,
  `POST ${USERPASS}/confirm/call`,
  `POST ${USERPASS}/reset`,
  `POST ${USERPASS}/reset/send`,
  `POST ${USERPASS}/reset/call`,
  'POST /auth/api_keys',
  'GET /auth/api_keys',
  'GET /auth/api_keys/{id}',
  'DELETE /auth/api_keys/{id}',
  'PUT /auth/api_keys/{id}/enable',
  `POST ${LOG_IN}?link=true`,
  'DELETE /auth/delete',
  `PUT ${APP}/push/providers/{service}/registration`,
  `POST ${APP}/graphql`,
];

describe('docs/realm.md', () => {
  test('has a row for every endpoint that clients use, in order', () => {
    const rows = rowsOf('endpoints');
    const documented = rows.map(([number, endpoint]) => [
      Number(number),
      /^`([^`]+)`/.exec(endpoint ?? '')?.[1],
    ]);
    expect(documented).toEqual(ENDPOINTS.map((endpoint, index) => [index + 1, endpoint]));
  });

  test('has a row for every provider, supported or not', () => {
    const names = rowsOf('providers').map(([name]) => name?.replaceAll('`', ''));
    expect(names).toEqual([
      'anon-user',
      'local-userpass',
      'api-key',
      'custom-token',
      'custom-function',
      'oauth2-google',
      'oauth2-apple',
      'oauth2-facebook',
    ]);
  });

  test.each(['endpoints', 'providers', 'functions'])('leaves no cell of %s empty', (table) => {
    const cells = rowsOf(table).flat();
    expect(cells.length).toBeGreaterThan(5);
    expect(cells.filter((cell) => cell === '')).toEqual([]);
  });
});
