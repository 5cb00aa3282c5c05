import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { act, cleanup, render } from '@testing-library/react';
import { createElement, type ReactNode, StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import type { SessionStorage } from '../../../../client/src/platform.ts';
import {
  type SeenSession,
  SessionProvider,
  type UsedCustomData,
  useCustomData,
  useSession,
} from '../../../../client/src/react/index.ts';
import type { Session } from '../../../../client/src/types.ts';
import { createContainer } from '../../../support/client/dom.ts';
import { settle } from '../../../support/client/tabs.ts';
import { createWorld } from '../../../support/client/world.ts';

afterEach(cleanup);

/** Draws `children` below a provider, as React checks apps in development. */
function draw(session: Session, ...children: ReactNode[]) {
  return render(
    createElement(StrictMode, null, createElement(SessionProvider, { session }, ...children)),
  );
}

/** A component that remembers what its hooks gave. */
function createProbe() {
  const seen: (SeenSession & { readonly data: UsedCustomData })[] = [];
  function Probe(): ReactNode {
    const session = useSession();
    const data = useCustomData();
    seen.push({ ...session, data });
    return `${session.status} ${session.user?.id} ${JSON.stringify(data.customData)}`;
  }
  const latest = () => seen.at(-1) ?? never();
  return { Probe, seen, latest };
}

function never(): never {
  throw new Error('Nothing was drawn');
}

describe('useSession', () => {
  test('shows who is logged in, and each change', async () => {
    const { open } = createWorld();
    const { session } = open();
    const { Probe, latest } = createProbe();
    draw(session, createElement(Probe));
    expect([latest().status, latest().user]).toEqual(['loggedOut', null]);
    await act(() => latest().logIn({ anonymous: true }));
    expect([latest().status, latest().user]).toEqual(['loggedIn', session.user]);
    await act(() => latest().logOut());
    expect([latest().status, latest().user]).toEqual(['loggedOut', null]);
  });

  test('gives the same object until something changes', async () => {
    const { openLoggedIn } = createWorld();
    const { session } = await openLoggedIn();
    const values: unknown[] = [];
    function Probe(): ReactNode {
      values.push(useSession(), useCustomData());
      return null;
    }
    const { rerender } = render(createElement(SessionProvider, { session }, createElement(Probe)));
    rerender(createElement(SessionProvider, { session }, createElement(Probe)));
    await act(settle);
    expect(values).toHaveLength(4);
    expect([values[2], values[3]]).toEqual([values[0], values[1]]);
    expect(values[2]).toBe(values[0]);
    expect(values[3]).toBe(values[1]);
  });

  test('never shows a user who reloads as logged out', async () => {
    const { open, openLoggedIn } = createWorld();
    await openLoggedIn();
    const { Probe, seen } = createProbe();
    draw(open().session, createElement(Probe));
    await act(settle);
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set(['loggedIn']));
  });

  test('nor with a storage that answers later, which is restoring first', async () => {
    const { open } = createWorld();
    const entries = new Map<string, string>();
    const storage: SessionStorage = {
      getItem: async (key) => entries.get(key),
      setItem: async (key, value) => entries.set(key, value),
      removeItem: async (key) => entries.delete(key),
    };
    await open({ storage }).session.logIn({ anonymous: true });
    await settle();
    const { Probe, seen } = createProbe();
    draw(open({ storage }).session, createElement(Probe));
    await act(settle);
    expect([...new Set(seen.map(({ status }) => status))]).toEqual(['restoring', 'loggedIn']);
  });

  test('throws without a provider', () => {
    const { Probe } = createProbe();
    const silent = jest.spyOn(console, 'error').mockReturnValue();
    expect(() => render(createElement(Probe))).toThrow('There is no "SessionProvider"');
    silent.mockRestore();
  });

  test('shows the session of another provider when a module was replaced', async () => {
    const { open, openLoggedIn } = createWorld();
    const first = await openLoggedIn();
    const { Probe, latest } = createProbe();
    const app = (session: Session) =>
      createElement(SessionProvider, { session }, createElement(Probe));
    const { rerender } = render(app(first.session));
    first.session.close();
    const second = open().session;
    rerender(app(second));
    expect(latest().user).toEqual(first.session.user);
    await act(() => second.logOut());
    expect(latest().status).toBe('loggedOut');
  });
});

describe('a server', () => {
  test('draws nobody, restoring, whoever is logged in; the page takes over and shows the user', async () => {
    const { open, openLoggedIn } = createWorld();
    const { Probe, seen, latest } = createProbe();
    const app = (session: Session) =>
      createElement(SessionProvider, { session }, createElement(Probe));
    const markup = renderToString(app(open({}, { localStorage: null }).session));
    expect(markup).toBe('restoring undefined null');

    const { session } = await openLoggedIn();
    seen.length = 0;
    const errors = jest.spyOn(console, 'error').mockReturnValue();
    const container = createContainer();
    container.innerHTML = markup;
    const root = await act(() => hydrateRoot(container, app(session)));
    expect(errors.mock.calls).toEqual([]);
    errors.mockRestore();
    expect(seen[0]?.status).toBe('restoring');
    expect([latest().status, latest().user]).toEqual(['loggedIn', session.user]);
    expect(container.textContent).toContain('loggedIn');
    act(() => root.unmount());
  });
});
