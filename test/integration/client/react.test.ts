import '../../support/client/dom.ts';
import { afterEach, expect, test } from '@jest/globals';
import { act, cleanup, render } from '@testing-library/react';
import { createElement, StrictMode } from 'react';
import {
  type SeenSession,
  SessionProvider,
  type UsedCustomData,
  useCustomData,
  useSession,
} from '../../../client/src/react/index.ts';
import { createGatewayTabs } from '../../support/client/gateway-tabs.ts';
import { settle } from '../../support/client/tabs.ts';
import { codeOf } from '../../support/client/world.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { useSchemaGateway } from '../../support/schema-gateway.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    theme: { enum: ['light', 'dark'] },
    address: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

afterEach(cleanup);

describeOnEveryStore('the hooks for React', (provideStore) => {
  const { gateway } = useSchemaGateway(provideStore, SCHEMA);

  test('log in, write, show what the schema refuses by field, and see the other tab', async () => {
    const tabs = createGatewayTabs(() => gateway().url);
    const { session } = tabs.open();
    let seen: (SeenSession & { readonly data: UsedCustomData }) | undefined;
    function Settings() {
      seen = { ...useSession(), data: useCustomData() };
      return null;
    }
    render(
      createElement(
        StrictMode,
        null,
        createElement(SessionProvider, { session }, createElement(Settings)),
      ),
    );
    await act(async () => {
      await seen?.logIn({ anonymous: true });
    });
    expect(seen?.user?.id).toBe(session.user?.id);
    await act(async () => {
      await seen?.data.writeCustomUserData({ theme: 'dark' });
    });
    expect(seen?.data.customData).toMatchObject({ theme: 'dark' });

    let refused: Promise<unknown> | undefined;
    await act(async () => {
      refused = seen?.data.writeCustomUserData({ theme: 'pink', address: {} });
    });
    await act(async () => {
      expect(await codeOf(refused ?? Promise.resolve())).toBe('CUSTOM_DATA_INVALID');
    });
    expect(seen?.data.customData).toMatchObject({ theme: 'dark' });
    expect(seen?.data.customData).not.toHaveProperty('address');
    expect(Object.keys(seen?.data.violations ?? {}).sort()).toEqual(['address.city', 'theme']);

    await act(async () => {
      await tabs.open().session.writeCustomUserData({ theme: 'light' });
      await settle();
    });
    expect(seen?.data.customData).toMatchObject({ theme: 'light' });
  });
});
