import '../../../support/client/dom.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { act, cleanup, render } from '@testing-library/react';
import { createElement, StrictMode } from 'react';
import {
  SessionProvider,
  type UsedCustomData,
  useCustomData,
} from '../../../../client/src/react/index.ts';
import { answerError, type FakeGateway } from '../../../support/client/fake-gateway.ts';
import { settle } from '../../../support/client/tabs.ts';
import { codeOf, createWorld } from '../../../support/client/world.ts';

afterEach(cleanup);

/** A form, and whatever else shows the document, below one provider. */
async function openForm(document: Readonly<Record<string, unknown>> | null = null) {
  const world = createWorld();
  world.gateway.document = document;
  const { session, events } = await world.openLoggedIn();
  const shown: UsedCustomData[] = [];
  const elsewhere: unknown[] = [];
  function Form() {
    shown.push(useCustomData());
    return null;
  }
  function Elsewhere() {
    elsewhere.push(useCustomData().customData);
    return null;
  }
  const children = [createElement(Form, { key: 1 }), createElement(Elsewhere, { key: 2 })];
  render(createElement(StrictMode, null, createElement(SessionProvider, { session }, children)));
  const form = () => shown.at(-1) as UsedCustomData;
  return { ...world, session, events, form, elsewhere };
}

/** Holds the answers to writes back; the result lets the oldest go. */
function holdWrites(gateway: FakeGateway): () => void {
  const held: (() => void)[] = [];
  gateway.intercept = ({ field }) =>
    field === 'writeCustomUserData'
      ? new Promise((resolve) => held.push(() => resolve(undefined)))
      : undefined;
  return () => held.shift()?.();
}

const violations = [
  { path: '/color', message: 'must be string' },
  { path: '/color', message: 'must match pattern' },
  { path: '/address/city~1town', message: 'is missing' },
];

describe('a write', () => {
  test('is shown at once, everywhere, and stays', async () => {
    const { form, elsewhere, gateway, session } = await openForm({ a: 1 });
    const release = holdWrites(gateway);
    let written: Promise<unknown> | undefined;
    await act(async () => {
      written = form().writeCustomUserData({ color: 'blue' });
    });
    expect([form().customData, form().isWriting]).toEqual([{ a: 1, color: 'blue' }, true]);
    expect(elsewhere.at(-1)).toEqual({ a: 1, color: 'blue' });
    expect(session.user?.customData).toEqual({ a: 1 });
    await act(async () => {
      release();
      await written;
    });
    expect([form().customData, form().isWriting]).toEqual([{ a: 1, color: 'blue' }, false]);
    expect(form().customData).toBe(session.user?.customData);
  });

  test('that is refused is taken back to what is known by then', async () => {
    const { form, gateway, session, open } = await openForm({ color: 'red' });
    gateway.intercept = async ({ field, variables }) => {
      if (field !== 'writeCustomUserData' || !('color' in (variables['d'] as object)))
        return undefined;
      // Meanwhile another tab writes.
      await open().session.writeCustomUserData({ size: 7 });
      await settle();
      return answerError('FIELD_NOT_WRITABLE', { paths: ['/color'] });
    };
    await act(async () => {
      expect(await codeOf(form().writeCustomUserData({ color: 'blue' }))).toBe(
        'FIELD_NOT_WRITABLE',
      );
    });
    expect(form().customData).toEqual({ color: 'red', size: 7 });
    expect(form().customData).toBe(session.user?.customData);
    expect(form().error).toMatchObject({
      code: 'FIELD_NOT_WRITABLE',
      extensions: { paths: ['/color'] },
    });
  });

  test('that meets another revision has the document read again', async () => {
    const { form, gateway } = await openForm({ color: 'red' });
    gateway.document = { color: 'green' };
    gateway.intercept = ({ field }) =>
      field === 'writeCustomUserData' ? answerError('REVISION_CONFLICT') : undefined;
    await act(async () => {
      const asked = form().writeCustomUserData({ color: 'blue' }, { expectedRevision: 'r0' });
      expect(await codeOf(asked)).toBe('REVISION_CONFLICT');
    });
    expect(form().customData).toEqual({ color: 'green' });
    expect(gateway.requests.map(({ field }) => field)).toEqual([
      'writeCustomUserData',
      'refreshCustomData',
    ]);
  });

  test('that breaks the schema says of each field what is wrong, until the next one', async () => {
    const { form, gateway } = await openForm();
    gateway.intercept = () => answerError('CUSTOM_DATA_INVALID', { violations });
    // Nobody looks at the promise: that is no unhandled rejection.
    await act(async () => {
      void form().writeCustomUserData({ color: 1 });
      await settle();
    });
    expect(form().violations).toEqual({
      color: 'must be string, must match pattern',
      'address.city/town': 'is missing',
    });
    expect([form().customData, form().isWriting]).toEqual([null, false]);
    gateway.intercept = undefined;
    await act(async () => {
      await form().writeCustomUserData({ color: 'blue' });
    });
    expect([form().error, form().violations]).toEqual([null, {}]);
  });

  test('waits for those before it, and all are shown', async () => {
    const { form, gateway } = await openForm();
    const release = holdWrites(gateway);
    const writes: Promise<unknown>[] = [];
    await act(async () => {
      for (const color of ['red', 'green', 'blue']) {
        writes.push(form().writeCustomUserData({ color, [color]: true }));
      }
      await settle();
    });
    expect(form().customData).toEqual({ color: 'blue', red: true, green: true, blue: true });
    for (let sent = 1; sent <= 3; sent += 1) {
      expect(gateway.count('writeCustomUserData')).toBe(sent);
      await act(async () => {
        release();
        await writes[sent - 1];
        await settle();
      });
    }
    expect(gateway.document).toEqual({ color: 'blue', red: true, green: true, blue: true });
    expect(form().isWriting).toBe(false);
  });

  test('that waits when the user changes is not sent, and not shown', async () => {
    const { form, gateway, session } = await openForm();
    const release = holdWrites(gateway);
    await act(async () => {
      void form().writeCustomUserData({ a: 1 });
      void form().writeCustomUserData({ b: 2 });
      await settle();
      await session.logIn({ anonymous: true });
    });
    expect(form().customData).toBeNull();
    await act(async () => {
      release();
      await settle();
    });
    expect(gateway.count('writeCustomUserData')).toBe(1);
    expect(form().error).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test.each([
    ['MERGE', { a: { x: 1 }, n: null }, { _id: 'd', userId: 'u2', keep: 1, a: { x: 1 }, n: null }],
    ['REPLACE', { a: { x: 1 } }, { _id: 'd', userId: 'u2', a: { x: 1 } }],
    ['DEEP_MERGE', { a: { x: 1 }, keep: null }, { _id: 'd', userId: 'u2', a: { x: 1, y: 2 } }],
  ] as const)('is shown as %s will leave the document', async (mode, data, expected) => {
    const { form, gateway } = await openForm({ _id: 'd', userId: 'u2', keep: 1, a: { y: 2 } });
    holdWrites(gateway);
    await act(async () => {
      void form().writeCustomUserData(data, { mode });
    });
    expect(form().customData).toEqual(expected);
  });

  test('of nobody is refused', async () => {
    const { form, session } = await openForm();
    await act(async () => {
      await session.logOut();
      expect(await codeOf(form().writeCustomUserData({ a: 1 }))).toBe('UNAUTHENTICATED');
    });
    expect(form().customData).toBeNull();
  });
});

describe('operators and reading again', () => {
  test('show what came of them, and their errors', async () => {
    const { form, gateway } = await openForm({ n: 1 });
    gateway.document = { n: 2 };
    await act(async () => {
      await form().refreshCustomData();
    });
    expect(form().customData).toEqual({ n: 2 });
    gateway.intercept = () => answerError('BAD_USER_INPUT');
    await act(async () => {
      void form().updateCustomUserData([{ increment: { path: '/n', by: 'x' } }]);
      await settle();
    });
    expect(form().error).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
