/** The recipe of `docs/claims.md` for express. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../support/free-port.ts';
import {
  PAGE_ISSUER,
  type RunningProgram,
  readRecipe,
  runProgram,
  useRecipeGateway,
} from '../../support/recipes.ts';

describe('the recipe for express', () => {
  const gateway = useRecipeGateway();
  let server: RunningProgram;

  /** Runs the server of the page for a gateway at `issuer`. */
  const run = async (issuer: string) => {
    const code = await readRecipe('express', 'js', { [PAGE_ISSUER]: issuer });
    return runProgram(process.execPath, [await gateway.write('server.mjs', code)]);
  };
  beforeAll(async () => {
    server = await run(gateway.url());
  });
  afterAll(() => server.stop());

  const ask = async (path: string, token?: string, at = server.url) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(at + path, { headers });
    return { status: response.status, body: await response.text(), headers: response.headers };
  };

  test('takes the role from the token, and its default from a user without a document', async () => {
    const visitor = await gateway.logIn();
    const editor = await gateway.logIn({ role: 'editor' });
    for (const [{ accessToken, id }, role] of [
      [visitor, 'visitor'],
      [editor, 'editor'],
    ] as const) {
      const { body, status } = await ask('/me', accessToken);
      expect([status, JSON.parse(body)]).toEqual([200, { id, role }]);
    }
    expect((await ask('/drafts', visitor.accessToken)).status).toBe(403);
    expect((await ask('/drafts', editor.accessToken)).status).toBe(200);
  });

  test('refuses a refresh token, a changed one, one for somebody else, and none', async () => {
    const { accessToken, refreshToken } = await gateway.logIn({ role: 'editor' });
    const [header, payload = '', signature] = accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
    const changed = `${header}.${forged}.${signature}`;
    for (const token of [undefined, '', 'x', refreshToken, changed, `${header}.${payload}.`]) {
      const { headers, status } = await ask('/me', token);
      expect([status, headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ]);
    }
  });

  test('says that it cannot tell, if the keys cannot be had', async () => {
    const { accessToken } = await gateway.logIn();
    const away = await run(`http://127.0.0.1:${await freePort()}`);
    expect((await ask('/me', accessToken, away.url)).status).toBe(503);
    await away.stop();
  });
});
