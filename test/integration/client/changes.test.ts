import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { followChanges } from '../../../client/src/changes/index.ts';
import { createSession } from '../../../client/src/index.ts';
import type { Session, SessionEvent } from '../../../client/src/types.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { until } from '../../support/until.ts';

const HALF_HOUR = 1_800_000;

describeOnEveryStore('a session that follows changes', (provideStore) => {
  let gateway: TestGateway;
  let time = Date.now();
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    gateway = await startGateway(provideStore().env, { now: () => time });
  });
  afterAll(async () => {
    for (const end of ends.splice(0)) end();
    await gateway.stop();
  });

  function open() {
    const map = new Map<string, string>();
    const storage = {
      getItem: (key: string) => map.get(key) ?? null,
      setItem: (key: string, value: string) => void map.set(key, value),
      removeItem: (key: string) => void map.delete(key),
    };
    const session: Session = createSession({ url: gateway.url, storage });
    const events: SessionEvent[] = [];
    session.subscribe((event) => events.push(event));
    const errors: string[] = [];
    const stop = followChanges(session, {
      url: gateway.url,
      onError: ({ code }) => errors.push(code),
    });
    ends.push(stop, session.close);
    return { session, events, errors, stop };
  }

  async function writeOutside(id: string, fields: object) {
    const documents = await provideStore().openDocuments();
    await documents.updateOne({ userId: id }, { $set: { ...fields } });
  }

  const shows = (session: Session, color: string) =>
    until(async () => session.user?.customData?.['color'] === color);

  test('shows what others write, tells of it, and has a token that says so', async () => {
    const { errors, events, session } = open();
    const { id } = await session.logIn({ anonymous: true });
    await session.writeCustomUserData({ color: 'blue' });
    events.splice(0);
    await writeOutside(id, { color: 'green' });
    await shows(session, 'green');
    expect(events).toContain('DATA_CHANGED');
    const answer = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await session.getAccessToken()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query: '{ me { customData } }' }),
    });
    expect(await answer.json()).toMatchObject({ data: { me: { customData: { color: 'green' } } } });
    expect(errors).toEqual([]);
  });

  test('goes on with another token when its own has expired', async () => {
    const { errors, session } = open();
    const { id } = await session.logIn({ anonymous: true });
    await session.writeCustomUserData({ color: 'blue' });
    const before = await session.getAccessToken();
    await writeOutside(id, { color: 'green' });
    await shows(session, 'green');
    time += HALF_HOUR;
    await until(async () => {
      const token = await session.getAccessToken();
      return token !== before && session.user?.customData?.['color'] === 'green';
    });
    await writeOutside(id, { color: 'red' });
    await shows(session, 'red');
    expect(errors).toEqual([]);
  });

  test('follows whoever logs in next, and nobody when it is told to stop', async () => {
    const { session, stop } = open();
    const first = await session.logIn({ anonymous: true });
    await session.logOut();
    const { id } = await session.logIn({ anonymous: true });
    expect(id).not.toBe(first.id);
    await session.writeCustomUserData({ color: 'blue' });
    await writeOutside(id, { color: 'green' });
    await shows(session, 'green');
    stop();
    const subscriptions = async () =>
      /^subscriptions_open (\d+)$/m.exec(await (await fetch(`${gateway.url}/metrics`)).text())?.[1];
    for (const end of ends.splice(0)) end();
    await until(async () => (await subscriptions()) === '0');
  });
});
