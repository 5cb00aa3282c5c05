import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { useBrowser } from '../support/browser.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../support/gateway.ts';

/** What a page on another origin would run. */
const MAIN_JOB = `async (url) => {
  const send = async (query, token) => {
    const response = await fetch(url + '/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token ? { authorization: 'Bearer ' + token } : {}),
      },
      body: JSON.stringify({ query }),
    });
    return (await response.json()).data;
  };
  const { logIn } = await send('mutation { logIn(credentials: {anonymous: true}) { accessToken } }');
  const { writeCustomUserData } = await send(
    'mutation { writeCustomUserData(newCustomUserData: {theme: "dark"}) { accessToken } }',
    logIn.accessToken,
  );
  return (await send('{ me { customData } }', writeCustomUserData.accessToken)).me.customData.theme;
}`;

describe('in a browser', () => {
  let gateway: TestGateway;
  let removeData: () => Promise<void>;
  const browser = useBrowser();
  let site: Server;
  let sitePort: number;

  beforeAll(async () => {
    const directory = await createTemporaryDirectory();
    removeData = directory.remove;
    gateway = await startGateway({
      DATA_DIR: directory.path,
      CORS_ORIGINS: 'http://allowed.localhost:1',
    });
    site = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>an app</title>');
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    sitePort = (site.address() as AddressInfo).port;
  }, 60_000);
  afterAll(async () => {
    site.close();
    await gateway.stop();
    await removeData();
  });

  test('a page on an origin that is not allowed cannot read an answer', async () => {
    const page = await browser().newPage();
    await page.goto(`http://127.0.0.1:${sitePort}/`);
    const job = page.evaluate(`(${MAIN_JOB})(${JSON.stringify(gateway.url)})`);
    await expect(job).rejects.toThrow('Failed to fetch');
    await page.close();
  }, 30_000);

  test('a page on an allowed origin does the main job', async () => {
    const directory = await createTemporaryDirectory();
    const open = await startGateway({ DATA_DIR: directory.path });
    const page = await browser().newPage();
    try {
      await page.goto(`http://127.0.0.1:${sitePort}/`);
      const theme = await page.evaluate(`(${MAIN_JOB})(${JSON.stringify(open.url)})`);
      expect(theme).toBe('dark');
    } finally {
      await page.close();
      await open.stop();
      await directory.remove();
    }
  }, 30_000);
});
