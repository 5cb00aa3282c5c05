/** What a function starts and does not wait for. */
import { describe, expect, test } from '@jest/globals';
import { createTestRunner, runSource } from '../../../support/function-runner.ts';

const COLLECTION = "context.services.get('mongodb-atlas').db('d').collection('c')";
const insert = (document: string) => `${COLLECTION}.insertOne(${document})`;
const body = (text: string) => `exports = () => { ${text}; return 'done'; }`;
const methods = (requests: readonly { readonly method?: string; readonly name?: string }[]) =>
  requests.map(({ method, name }) => method ?? name);

describe('what a call started', () => {
  test.each<[string, string, readonly string[]]>([
    ['a request', insert('{}'), ['insertOne']],
    [
      'what follows a request',
      `${insert('{}')}.then(() => ${insert('{}')}).then(() => ${COLLECTION}.deleteOne({}));`,
      ['insertOne', 'insertOne', 'deleteOne'],
    ],
    [
      'what follows a request that fails',
      `${COLLECTION}.findOne().catch(() => ${insert('{}')});`,
      ['findOne', 'insertOne'],
    ],
    [
      'a built-in function',
      `context.functions.execute('writeCustomUserData', {}).then(() => ${insert('{}')});`,
      ['writeCustomUserData', 'insertOne'],
    ],
    ['a short timer', `setTimeout(() => ${insert('{}')}, 20);`, ['insertOne']],
    [
      'a chain of timers',
      `setTimeout(() => setImmediate(() => setTimeout(() => ${insert('{}')})), 5);`,
      ['insertOne'],
    ],
    [
      'a pause after a request',
      `${insert('{}')}.then(() => setTimeout(() => ${insert('{}')}, 20));`,
      ['insertOne', 'insertOne'],
    ],
    [
      'microtasks',
      `(async () => { for (let n = 0; n < 1000; n++) await n; ${insert('{}')}; })();`,
      ['insertOne'],
    ],
    [
      'an answer of fetch',
      `fetch('data:,x').then((answer) => answer.text()).then((x) => ${insert('{ x }')});`,
      ['insertOne'],
    ],
  ])('is done before the call is over: %s', async (_what, text, expected) => {
    const ran = await runSource(body(text), {
      answer: ({ method }) => {
        if (method === 'findOne') throw new Error('refused');
        return null;
      },
    });
    expect(ran.result).toBe('done');
    expect(methods(ran.requests)).toEqual(expected);
    const failing = await runSource(body(`${text}; throw new Error('boom');`), {
      answer: ({ method }) => {
        if (method === 'findOne') throw new Error('refused');
        return null;
      },
    });
    expect(failing.failure?.message).toBe('boom');
    expect(methods(failing.requests)).toEqual(expected);
  });

  test('is done when there is more of it than may be under way at once', async () => {
    const { requests } = await runSource(body(`for (let n = 0; n < 100; n++) ${insert('{ n }')};`));
    expect(requests).toHaveLength(100);
  });

  test.each([
    ['an interval', `setInterval(() => ${insert('{}')}, 2 ** 30);`],
    ['a timer for a time limit', `setTimeout(() => ${insert('{}')}, 25000);`],
    ['a timer that was stopped', 'clearTimeout(setTimeout(() => null, 500));'],
    ['a timer that is to keep nothing waiting', 'setTimeout(() => null, 500).unref();'],
  ])('is not waited for if it is %s', async (_what, text) => {
    const { left, requests } = await runSource(body(text));
    expect({ left, requests }).toEqual({ left: [], requests: [] });
  });

  test('is waited for no longer than a second if it is timers that start timers', async () => {
    const { result, left } = await runSource(
      body('const again = () => setTimeout(again, 1); again();'),
    );
    expect(result).toBe('done');
    expect(left).toEqual(['a timer']);
  });

  test('is named, with how often', async () => {
    const text = `for (let n = 0; n < 3; n++) ${insert('{ n }')}; ${COLLECTION}.findOne();`;
    const answer = () => new Promise((resolve) => setImmediate(resolve, null));
    const { left } = await runSource(body(text), { answer });
    expect(left).toEqual(['insertOne (3)', 'findOne']);
    expect((await runSource(`exports = async () => { await ${insert('{}')}; }`)).left).toEqual([]);
  });

  test('does not change what it returned, or how it failed', async () => {
    const text = `const list = []; ${insert('{}')}.then(() => list.push(1)); return list;`;
    expect((await runSource(`exports = () => { ${text} }`)).result).toEqual([]);
  });

  test('is over for the next call: intervals and timers that were not waited for never fire', async () => {
    const run = createTestRunner({
      leave: `exports = () => {
        setInterval(() => console.log('late'), 1);
        Promise.resolve().then(() => setTimeout(() => console.log('later'), 1500).unref());
        return 'done';
      }`,
      wait: 'exports = () => new Promise((resolve) => setTimeout(resolve, 20, "waited"))',
    });
    expect((await run('leave')).result).toBe('done');
    expect(await run('wait')).toMatchObject({ result: 'waited', lines: [] });
  });
});
