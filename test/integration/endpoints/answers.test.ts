import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endpoint, filesOf } from '../../support/endpoints-app.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

/** Functions that run as the system. */
const SOURCES = {
  echo: `exports = ({ body, ...request }) => ({
    ...request,
    text: body === undefined ? null : body.text(),
    context: context.request,
    isSystem: context.runningAsSystem(),
    userType: context.user.type,
  });`,
  answer: `exports = (request, response) => {
    response.setStatusCode(201);
    response.setHeader('Content-Type', 'text/html');
    response.addHeader('Set-Cookie', 'a=1');
    response.addHeader('Set-Cookie', 'b=2');
    response.setHeader('Transfer-Encoding', 'chunked');
    response.setHeader('Content-Length', '1');
    response.setHeader('X-Content-Type-Options', 'none');
    response.setBody('<p>' + request.query.name + '</p>');
    return 'is not sent';
  };`,
  bytes: `exports = (request, response) => { response.setBody(BSON.Binary.fromHex('00ff10')); };`,
  setAny: `exports = ({ query }, response) => { response.setHeader(query.name, query.value); };`,
  statusOnly: `exports = (request, response) => { response.setStatusCode(202); return { queued: true }; };`,
  empty: `exports = (request, response) => { response.setStatusCode(Number(request.query.status)); response.setBody('no'); };`,
  nothing: 'exports = () => {};',
  typed: `exports = () => ({
    date: new Date(0), id: new BSON.ObjectId('5d505646cf6d4fe581014ab2'), n: 5, list: [null, true],
  });`,
  write: `exports = async ({ body }) => {
    const things = context.services.get('mongodb-atlas').db('endpoints-test').collection('things');
    const { insertedId } = await things.insertOne(JSON.parse(body.text()));
    return things.find({ _id: insertedId }, { _id: 0 });
  };`,
  failing: `exports = () => { throw new Error('out of tea'); };`,
  endless: 'exports = () => { for (;;); };',
  byHeader: 'exports = () => "in";',
};

const ENDPOINTS = [
  endpoint('GET', '/echo', 'echo'),
  endpoint('POST', '/echo', 'echo'),
  endpoint('*', '/any', 'echo'),
  endpoint('GET', '/any', 'nothing'),
  endpoint('GET', '/by:5*/nested', 'echo'),
  endpoint('GET', '/answer', 'answer'),
  endpoint('GET', '/bytes', 'bytes'),
  endpoint('GET', '/set', 'setAny'),
  endpoint('GET', '/status', 'statusOnly'),
  endpoint('GET', '/empty', 'empty'),
  endpoint('GET', '/nothing', 'nothing'),
  endpoint('POST', '/quiet', 'answer', { respond_result: false }),
  endpoint('GET', '/json', 'typed'),
  endpoint('GET', '/ejson', 'typed', { return_type: 'EJSON' }),
  endpoint('POST', '/things', 'write'),
  endpoint('GET', '/failing', 'failing'),
  endpoint('GET', '/endless', 'endless'),
  endpoint('GET', '/off', 'echo', { disabled: true }),
  endpoint('GET', '/ruled', 'byHeader'),
];

describeOnEveryStore('HTTPS endpoints', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;
  const at = (path: string) => `${gateway.url}/app/myapp-abcde/endpoint${path}`;
  const call = (path: string, init: RequestInit = {}) => fetch(at(path), init);
  const jsonOf = async (path: string, init: RequestInit = {}) => (await call(path, init)).json();

  beforeAll(async () => {
    const functions = Object.entries(SOURCES).map(([name, source]) => [name, { source }]);
    const files = filesOf(
      {
        ...Object.fromEntries(functions),
        byHeader: {
          source: SOURCES.byHeader,
          entry: { private: true, can_evaluate: { '%%request.headers.x-secret-key': 'my-secret' } },
        },
      },
      ENDPOINTS,
    );
    app = await writeApp(files);
    gateway = await startGateway({
      ...provideStore().env,
      FUNCTIONS_DIR: app.path,
      FUNCTION_TIMEOUT: '3s',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await app.remove();
  });

  test('a function gets query, headers and body of the request, and runs as the system if it says so', async () => {
    const response = await call('/echo?regions=na,eu&currency=USD&currency=EUR&a%20b=%C3%A9', {
      method: 'POST',
      headers: {
        'content-type': 'text/x-own',
        'user-agent': 'tests',
        referer: 'https://a.example/',
      },
      body: 'any bytes é',
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      query: { regions: 'na,eu', currency: 'USD', 'a b': 'é' },
      headers: { 'Content-Type': ['text/x-own'], 'User-Agent': ['tests'] },
      text: 'any bytes é',
      httpMethod: 'POST',
      httpUserAgent: 'tests',
      httpReferrer: 'https://a.example/',
      rawQueryString: 'regions=na,eu&currency=USD&currency=EUR&a%20b=%C3%A9',
      remoteIPAddress: '127.0.0.1',
      requestUrl: at('/echo'),
      webhookUrl: '/echo',
      isSystem: true,
      userType: 'system',
      context: {
        httpMethod: 'POST',
        webhookUrl: '/echo',
        requestHeaders: { 'Content-Type': ['text/x-own'] },
      },
    });
  });

  test('a request without a body has none', async () => {
    expect(await jsonOf('/echo')).toMatchObject({ text: null });
    expect(await jsonOf('/echo', { method: 'POST' })).toMatchObject({ text: null });
  });

  test('an endpoint serves its method alone, one of any method those that no other is for', async () => {
    const refused = await call('/echo', { method: 'PUT' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, POST']);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await jsonOf('/any', { method })).toMatchObject({ httpMethod: method });
    }
    expect(await (await call('/any')).text()).toBe('');
    expect((await call('/any', { method: 'HEAD' })).status).toBe(404);
  });

  test('a route is a text, whatever is in it', async () => {
    expect((await call('/by:5*/nested')).status).toBe(200);
    expect((await call('/by%3A5%2A/nested')).status).toBe(200);
    expect((await call('/by5/nested')).status).toBe(404);
  });

  test('what is no endpoint, is disabled or is of another app is 404 in the shape of App Services', async () => {
    for (const path of [at('/missing'), at('/off'), at('/echo').replace('myapp-abcde', 'other')]) {
      const response = await fetch(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: expect.any(String),
        error_code: 'BadRequest',
      });
    }
  });

  test('a function describes its answer, but not how the message is framed, nor what keeps browsers safe', async () => {
    const response = await call('/answer?name=Ada');
    expect(response.status).toBe(201);
    expect(await response.text()).toBe('<p>Ada</p>');
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('content-length')).toBe('10');
    expect(response.headers.get('transfer-encoding')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox (?!.*same-origin)/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(gateway.logText()).toContain(
      '"headers":["transfer-encoding","content-length","x-content-type-options"]',
    );
  });

  test.each([
    ['a line end in a value', 'name=X-A&value=a%0D%0AX-B:%20b'],
    ['a line end in a name', 'name=X-A%0D%0AX-B&value=b'],
    ['a space in a name', 'name=X%20A&value=a'],
    ['no name', 'name=&value=a'],
    ['a character that no header holds', 'name=X-A&value=%F0%9F%98%80'],
  ])('%s is refused', async (_what, query) => {
    const response = await call(`/set?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('x-b')).toBeNull();
    expect(await response.json()).toMatchObject({ error_code: 'FunctionExecutionError' });
  });

  test('bytes leave as they are', async () => {
    const response = await call('/bytes');
    expect(Buffer.from(await response.arrayBuffer()).toString('hex')).toBe('00ff10');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
  });

  test('what a function returns is the body unless it sets one', async () => {
    const response = await call('/status');
    expect([response.status, await response.json()]).toEqual([202, { queued: true }]);
    const nothing = await call('/nothing');
    expect([nothing.status, await nothing.text()]).toEqual([200, '']);
  });

  test.each([204, 205, 304])('an answer of status %i has no body', async (status) => {
    const response = await call(`/empty?status=${status}`);
    expect([response.status, await response.text()]).toEqual([status, '']);
    expect(response.headers.get('content-type')).toBeNull();
  });

  test('an endpoint that does not respond with the result runs the function and answers 204', async () => {
    const response = await call('/quiet', { method: 'POST' });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('a result is JSON or Extended JSON, as the request wants it or else the endpoint', async () => {
    const json = {
      date: '1970-01-01T00:00:00.000Z',
      id: '5d505646cf6d4fe581014ab2',
      n: 5,
      list: [null, true],
    };
    const ejson = {
      date: { $date: { $numberLong: '0' } },
      id: { $oid: '5d505646cf6d4fe581014ab2' },
      n: { $numberInt: '5' },
      list: [null, true],
    };
    expect(await jsonOf('/json')).toEqual(json);
    expect(await jsonOf('/ejson')).toEqual(ejson);
    expect(await jsonOf('/json', { headers: { accept: 'application/ejson' } })).toEqual(ejson);
    const response = await call('/ejson', {
      headers: { accept: 'text/html, application/json;q=0.9' },
    });
    expect(await response.json()).toEqual(json);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('vary')).toMatch(/\baccept\b/);
    expect((await call('/ejson')).headers.get('content-type')).toBe('application/ejson');
  });

  test('a function of an endpoint reads and writes the database', async () => {
    const body = JSON.stringify({ kind: 'tea', cups: 2 });
    expect(await jsonOf('/things', { method: 'POST', body })).toEqual([{ kind: 'tea', cups: 2 }]);
  });

  test('what a function throws is 400 with its message, a limit too', async () => {
    const failing = await call('/failing');
    expect(failing.status).toBe(400);
    expect(await failing.json()).toMatchObject({
      error: 'out of tea',
      error_code: 'FunctionExecutionError',
    });
    expect(await jsonOf('/endless')).toMatchObject({ error_code: 'ExecutionTimeLimitExceeded' });
  });

  test('a rule counts for the system, too, and a private function may serve an endpoint', async () => {
    expect((await call('/ruled')).status).toBe(403);
    const response = await call('/ruled', { headers: { 'X-Secret-Key': 'my-secret' } });
    expect([response.status, await response.json()]).toEqual([200, 'in']);
  });

  test('a page of an allowed origin may call, with any method of an endpoint', async () => {
    const origin = 'http://localhost:3000';
    const preflight = await call('/any', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PATCH' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
    const response = await call('/json', { headers: { origin } });
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('vary')).toMatch(/origin.*accept/i);
  });

  test.each(['json', 'a/b/c', 'text/plain; charset=utf-8; boundary=x', 'multipart/form-data'])(
    'a body of any type is the function’s to read: %s',
    async (type) => {
      const init = { method: 'POST', headers: { 'content-type': type }, body: 'x' };
      expect(await jsonOf('/echo', init)).toMatchObject({ text: 'x' });
    },
  );

  test('a body beyond 512 KiB is 413', async () => {
    const response = await call('/echo', { method: 'POST', body: 'x'.repeat(512 * 1024 + 1) });
    expect(response.status).toBe(413);
  });
});
