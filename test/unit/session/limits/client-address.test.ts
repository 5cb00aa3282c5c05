import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clientOf } from '../../../../src/session/limits/client-address.ts';

const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const groups = (count: number) => fc.array(group, { minLength: count, maxLength: count });

describe('one client', () => {
  test('is an IPv4 address, however a dual-stack socket or a proxy writes it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 65_535 }), (address, port) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        for (const spelling of [
          `::ffff:${address}`,
          `::FFFF:${address}`,
          `::ffff:${hex}`,
          `0:0:0:0:0:ffff:${hex}`,
          `${address}:${port}`,
          `[::ffff:${address}]:${port}`,
        ]) {
          expect(clientOf(spelling)).toBe(address);
        }
      }),
    );
  });

  test('is a /64 of IPv6, whatever its last half is and however it is written', () => {
    fc.assert(
      fc.property(groups(4), groups(4), groups(4), (network, one, other) => {
        // What begins with zeros may be a mapped address.
        fc.pre(network.some((each) => each !== '0'));
        const first = clientOf([...network, ...one].join(':'));
        const padded = [...network, ...other].map((each) => each.padStart(4, '0').toUpperCase());
        expect(clientOf([...network, ...other].join(':'))).toBe(first);
        expect(clientOf(padded.join(':'))).toBe(first);
        expect(clientOf(`[${padded.join(':')}]:443`)).toBe(first);
        expect(clientOf(`${padded.join(':')}%eth0`)).toBe(first);
      }),
    );
  });

  test('is not another /64', () => {
    fc.assert(
      fc.property(groups(4), groups(4), groups(4), (one, other, host) => {
        fc.pre(one.join(':') !== other.join(':'));
        fc.pre([one, other].every((each) => each.some((part) => part !== '0')));
        expect(clientOf([...one, ...host].join(':'))).not.toBe(
          clientOf([...other, ...host].join(':')),
        );
      }),
    );
  });

  test.each([
    ['2001:db8::1', '2001:db8:0:0:ffff::'],
    ['fe80::1%eth0', 'fe80::2'],
    ['::1', '::2'],
  ])('%s and %s are one', (one, other) => {
    expect(clientOf(one)).toBe(clientOf(other));
  });
});

test('everybody whose address cannot be read is one client', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !/^[[\d:a-f]/i.test(text)),
      (text) => {
        expect(clientOf(text)).toBe('unknown');
      },
    ),
  );
  for (const text of [
    undefined,
    '',
    'unknown',
    '1',
    '1.2.3',
    '0x7f.1',
    '[::1',
    '_hidden',
    ':'.repeat(9999),
  ]) {
    expect(['unknown', clientOf('::1')]).toContain(clientOf(text));
  }
});
