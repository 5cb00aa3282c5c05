import { describe, expect, test } from '@jest/globals';
import { settle } from '../../support/client/tabs.ts';
import { createWorld } from '../../support/client/world.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('the answer of a refresh', () => {
  /** Holds the answer back until the test lets it go. */
  function holdRefresh(gateway: ReturnType<typeof createWorld>['gateway']) {
    let go: (() => void) | undefined;
    const { fetch } = gateway;
    gateway.intercept = (request) => {
      if (request.field !== 'refreshSession') return undefined;
      gateway.intercept = undefined;
      // What the gateway does, it does now: only the answer is late.
      const body = JSON.stringify({ query: '{refreshSession', variables: request.variables });
      const answer = fetch(request.url, { method: 'POST', headers: {}, body, signal: null });
      return new Promise((resolve) => {
        go = () => resolve(answer);
      });
    };
    return () => go?.();
  }

  test('is let go after a log-out', async () => {
    const { openLoggedIn, gateway, clock, entries } = createWorld();
    const { session } = await openLoggedIn();
    await clock.pass(HOUR);
    const release = holdRefresh(gateway);
    const token = session.getAccessToken();
    await settle();
    await session.logOut();
    release();
    expect(await token).toBeNull();
    expect([session.status, entries.size]).toEqual(['loggedOut', 0]);
  });

  test('is let go after a log-in, whose token is handed out', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    await clock.pass(HOUR);
    const release = holdRefresh(gateway);
    const token = session.getAccessToken();
    await settle();
    const user = await session.logIn({ anonymous: true });
    release();
    expect(await token).toBe(await session.getAccessToken());
    expect(session.user).toBe(user);
  });

  test('does not take back what was written meanwhile', async () => {
    const { openLoggedIn, gateway, clock } = createWorld();
    const { session } = await openLoggedIn();
    const old = String(await session.getAccessToken());
    await clock.pass(29.5 * MINUTE);
    const release = holdRefresh(gateway);
    const token = session.getAccessToken();
    await settle();
    await clock.pass(1000);
    // Another client, such as Apollo's, has written with the token that still lives.
    const answer = await gateway.fetch('', {
      method: 'POST',
      headers: { authorization: `Bearer ${old}` },
      body: JSON.stringify({ query: '{writeCustomUserData', variables: { d: { late: true } } }),
      signal: null,
    });
    session.keepReissued(JSON.parse(await answer.text()).data.writeCustomUserData);
    await settle();
    expect(session.user?.customData).toEqual({ late: true });
    release();
    await token;
    expect(session.user?.customData).toEqual({ late: true });
    // The next use refreshes that token, and nothing is lost.
    await session.getAccessToken();
    expect(session.user?.customData).toEqual({ late: true });
    expect(gateway.count('refreshSession')).toBe(3);
  });
});
