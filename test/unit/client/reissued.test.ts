import { describe, expect, test } from '@jest/globals';
import type { Reissued } from '../../../client/src/types.ts';
import { answerJson, answerText, type FakeGateway } from '../../support/client/fake-gateway.ts';
import { settle } from '../../support/client/tabs.ts';
import { codeOf, createWorld, URL } from '../../support/client/world.ts';

/** What another client gets for a write with `token`. */
async function write(gateway: FakeGateway, token: string | null, data: object): Promise<Reissued> {
  const answer = await gateway.fetch(URL, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{writeCustomUserData', variables: { d: data } }),
    signal: null,
  });
  return JSON.parse(await answer.text()).data.writeCustomUserData;
}

describe('a reissued token', () => {
  test('of this session is taken', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    const reissued = await write(gateway, await session.getAccessToken(), { a: 1 });
    session.keepReissued(reissued);
    await settle();
    expect(session.user?.customData).toEqual({ a: 1 });
    expect(await session.getAccessToken()).toBe(reissued.accessToken);
  });

  test('that shows an older document than is known is let go: writes overtake one another', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    const token = await session.getAccessToken();
    const early = await write(gateway, token, { a: 1 });
    await clock.pass(1);
    const late = await write(gateway, token, { a: 2 });
    session.keepReissued(late);
    session.keepReissued(early);
    await settle();
    expect(session.user?.customData).toEqual({ a: 2 });
    expect(await session.getAccessToken()).toBe(late.accessToken);
  });

  test('of a session that was left is let go', async () => {
    const { openLoggedIn, gateway, entries } = createWorld();
    const { session } = await openLoggedIn();
    const reissued = await write(gateway, await session.getAccessToken(), { a: 1 });
    await session.logOut();
    session.keepReissued(reissued);
    await settle();
    expect([session.status, entries.size]).toEqual(['loggedOut', 0]);
    const user = await session.logIn({ anonymous: true });
    session.keepReissued(reissued);
    await settle();
    expect(session.user).toBe(user);
  });

  test.each([
    ['no token', { accessToken: 'abc', user: {} }],
    ['nothing', {}],
    ['without its user', 'user'],
  ])('that is none is ignored: %s', async (_name, reissued) => {
    const { openLoggedIn, gateway, events } = { ...createWorld(), events: [] as string[] };
    const { session } = await openLoggedIn();
    session.subscribe((event) => events.push(event));
    const accessToken = (await write(gateway, await session.getAccessToken(), {})).accessToken;
    session.keepReissued((reissued === 'user' ? { accessToken } : reissued) as Reissued);
    await settle();
    expect([session.status, events]).toEqual(['loggedIn', []]);
  });
});

describe('an answer that is none of a gateway is BAD_RESPONSE after one request:', () => {
  test.each([
    ['a page', answerText('<!doctype html><title>Welcome</title>')],
    ['nothing', answerText('')],
    ['null', answerJson(null)],
    ['a list', answerJson([])],
    ['data without the field', answerJson({ data: {} })],
    ['a session without tokens', answerJson({ data: { logIn: { user: { id: 'u' } } } })],
    [
      'a token that is none',
      answerJson({
        data: { logIn: { accessToken: 'a.b.c', refreshToken: 'r', user: { id: 'u' } } },
      }),
    ],
    ['errors without a code', answerJson({ errors: [{ message: 'no' }] })],
    ['errors that are none', answerJson({ errors: 'no' })],
    ['404', answerText('Not found', 404)],
  ])('%s', async (_name, answer) => {
    const { open, gateway } = createWorld();
    gateway.intercept = () => answer;
    const { session } = open();
    expect(await codeOf(session.logIn({ anonymous: true }))).toBe('BAD_RESPONSE');
    expect(session.status).toBe('loggedOut');
    expect(gateway.requests).toHaveLength(1);
  });

  test('to a write, whose session goes on', async () => {
    const { openLoggedIn, gateway } = createWorld();
    const { session } = await openLoggedIn();
    gateway.intercept = () => answerJson({ data: { writeCustomUserData: { accessToken: 'x' } } });
    expect(await codeOf(session.writeCustomUserData({ a: 1 }))).toBe('BAD_RESPONSE');
    expect(session.status).toBe('loggedIn');
    expect(gateway.requests).toHaveLength(1);
  });
});

describe('the address of the gateway', () => {
  test.each([
    ['https://gateway.example', 'https://gateway.example/graphql'],
    ['https://gateway.example/', 'https://gateway.example/graphql'],
    ['https://gateway.example/graphql', 'https://gateway.example/graphql'],
    ['/api', '/api/graphql'],
    ['', '/graphql'],
  ])('%j is asked at %s', async (url, endpoint) => {
    const { open, gateway } = createWorld();
    await open({ url }).session.logIn({ anonymous: true });
    expect(gateway.requests[0]?.url).toBe(endpoint);
  });
});
