/** The front door of a gateway whose pages have not been built. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { tryToRead } from '../../../src/commands/command-line.ts';
import { openBuiltPages, useAssets } from '../../../src/http/built-pages.ts';
import { useExplorer } from '../../../src/http/explorer.ts';

const BROWSER = { accept: 'text/html,*/*;q=0.8' };

describe('without pages', () => {
  let server: FastifyInstance;

  beforeAll(async () => {
    const parsed = tryToRead({ APP_NAME: 'Shop <1>' });
    if (parsed.type === 'error') throw new Error(parsed.problems.join());
    server = fastify();
    const built = openBuiltPages(new URL('nothing-here/', import.meta.url));
    useAssets(server, built);
    useExplorer(server, parsed.config, null, built);
    await server.ready();
  });
  afterAll(() => server.close());

  test('a browser is told that they are missing, and how they come', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { statusCode, headers, body } = await server.inject({ url: '/', headers: BROWSER });
      expect(statusCode).toBe(404);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(body).toContain('npm run build');
      expect(body).toContain('Shop &#60;1&#62;');
    }
  });

  test('a program gets the list of addresses', async () => {
    const { statusCode, body } = await server.inject({ url: '/' });
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ graphql: '/graphql' });
  });

  test('no file of theirs is there', async () => {
    const { statusCode } = await server.inject({ url: '/assets/explorer-ABCDEFGH.js' });
    expect(statusCode).toBe(404);
  });

  test('Apollo Sandbox is, which needs none', async () => {
    const { statusCode, body } = await server.inject({ url: '/sandbox', headers: BROWSER });
    expect(statusCode).toBe(200);
    expect(body).toContain('Apollo Sandbox');
  });
});
