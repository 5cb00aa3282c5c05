import { expect, test } from '@jest/globals';
import { type Binary, Int32, Long } from '../../../../src/bson.ts';
import { decodeEvent, encodeEvent } from '../../../../src/functions/triggers/event-values.ts';
import { createEvent, USER_ID } from '../../../support/triggers.ts';

const TIME = new Date('2026-01-02T03:04:05.678Z');

/** The event with this document, encoded. */
function encode(customData: Record<string, unknown> = {}): Binary {
  const encoded = encodeEvent(createEvent('CREATE'), TIME, customData);
  if (encoded === null) throw new Error('The event is too large');
  return encoded;
}

test('an event has the shape that App Services documents', () => {
  expect(decodeEvent(encode(), null)).toEqual({
    operationType: 'CREATE',
    providers: ['local-userpass'],
    user: {
      id: USER_ID,
      type: 'normal',
      data: { email: 'ada@example.com' },
      custom_data: {},
      identities: [
        { id: 'i1', provider_type: 'local-userpass', data: { email: 'ada@example.com' } },
      ],
    },
    time: TIME,
  });
});

test('no BSON type of the document gets lost', () => {
  const document = { small: new Int32(1), large: Long.fromString('9007199254740993') };
  expect(decodeEvent(encode(document), null)).toMatchObject({ user: { custom_data: document } });
});

test('the document of the moment takes the place of the one that was noted', () => {
  const now = { plan: 'pro' };
  expect(decodeEvent(encode({ plan: 'free' }), now)).toMatchObject({ user: { custom_data: now } });
});

test.each([
  ['more than four mebibytes', 2 ** 22],
  ['more than BSON can hold', 2 ** 24],
])('an event of %s is not kept', (_what, length) => {
  expect(encodeEvent(createEvent(), TIME, { text: 'x'.repeat(length) })).toBeNull();
});
