/** The recipe of `docs/claims.md` for nginx, before the one for express. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../support/free-port.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { describeWithProgram } from '../../support/programs.ts';
import {
  endProgram,
  PAGE_ISSUER,
  type RunningProgram,
  readRecipe,
  runProgram,
  useRecipeGateway,
} from '../../support/recipes.ts';
import { until } from '../../support/until.ts';

describeWithProgram('nginx', 'the recipe for nginx', (nginx) => {
  const gateway = useRecipeGateway();
  let server: RunningProgram;
  let own: { readonly path: string; readonly remove: () => Promise<void> };
  let front: string;
  let end: () => Promise<void>;
  let upstream: Server;
  let seen: IncomingHttpHeaders[] = [];

  beforeAll(async () => {
    own = await createTemporaryDirectory();
    const code = await readRecipe('express', 'js', { [PAGE_ISSUER]: gateway.url() });
    server = await runProgram(process.execPath, [await gateway.write('server.mjs', code)]);
    upstream = createServer((request, response) => {
      seen.push(request.headers);
      response.end('passed');
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    front = `127.0.0.1:${await freePort()}`;
    const site = await readRecipe('nginx', 'nginx', {
      '127.0.0.1:8080': front,
      '127.0.0.1:9000': `127.0.0.1:${(upstream.address() as AddressInfo).port}`,
      'http://127.0.0.1:3000': server.url,
    });
    const file = await gateway.write('nginx.conf', `events {}\nhttp { access_log off;\n${site}}\n`);
    const globals = `daemon off; master_process off; error_log stderr; pid ${join(own.path, 'nginx.pid')};`;
    const child = spawn(nginx, ['-p', own.path, '-c', file, '-g', globals], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    end = () => endProgram(child);
    await until(async () => (await fetch(`http://${front}`).catch(() => null)) !== null);
  });
  afterAll(async () => {
    await end();
    await server.stop();
    await own.remove();
    upstream.close();
  });

  test('passes on whose request it is, and nothing that a client says of that', async () => {
    const { accessToken, id } = await gateway.logIn({ role: 'editor' });
    seen = [];
    const response = await fetch(`http://${front}/articles`, {
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...{ 'x-user-id': 'somebody', 'x-user-role': 'admin' },
      },
    });
    expect([response.status, await response.text()]).toEqual([200, 'passed']);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ 'x-user-id': id, 'x-user-role': 'editor' });
  });

  test('asks nobody for a request that is refused', async () => {
    const { refreshToken } = await gateway.logIn();
    seen = [];
    for (const headers of [{}, { authorization: `Bearer ${refreshToken}` }]) {
      const response = await fetch(`http://${front}/articles`, { headers });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ]);
    }
    expect(seen).toEqual([]);
  });
});
