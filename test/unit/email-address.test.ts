import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createTransport } from 'nodemailer';
import { isAddress, mailboxOf } from '../../src/email-address.ts';

/** Where the library would send a mail to this address. */
async function recipientsOf(address: string): Promise<readonly unknown[]> {
  const transport = createTransport({ streamTransport: true, buffer: true });
  const mail = { from: 'a@example.com', to: { name: '', address }, text: '' };
  return (await transport.sendMail(mail)).envelope.to;
}

/** Text that is often an address, or nearly. */
const nearlyAddress = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...'abcdefghijklmnoBBéé.+"<>(),;:@[] \\'), maxLength: 6 }),
    fc.constantFrom('@', '@', '@', '@', ''),
    fc.string({ unit: fc.constantFrom(...'abcdefghijklmBB1-üü.>;,(/[%'), maxLength: 8 }),
  )
  .map((parts) => parts.join(''));

describe('an address', () => {
  test('is mailed to the mailbox that it says, and to nobody else', async () => {
    let accepted = 0;
    const property = fc.asyncProperty(nearlyAddress, async (text) => {
      if (!isAddress(text)) return;
      accepted += 1;
      const [to, ...others] = await recipientsOf(text);
      expect(others).toEqual([]);
      expect(mailboxOf(String(to))).toBe(mailboxOf(text));
      const [local] = text.split('@');
      expect(String(to).split('@')[0]).toBe(local);
    });
    await fc.assert(property, { numRuns: 3000 });
    expect(accepted).toBeGreaterThan(50);
  });

  test.each([
    ['Ada@Example.COM', 'ada@example.com'],
    ['JOSÉ@x.org', 'josé@x.org'],
    ['a@münchen.de', 'a@xn--mnchen-3ya.de'],
    ['A@XN--MNCHEN-3YA.de', 'a@xn--mnchen-3ya.de'],
    ['ΟΔΟΣ@x.org', 'οδοσ@x.org'],
    ['\u212aelvin@x.org', '\u212aelvin@x.org'],
    ['\u0130@x.org', '\u0130@x.org'],
    ['No Address', 'no address'],
    ['Flood@Target.org>', 'flood@target.org>'],
    ['a@Target.org/X', 'a@target.org/x'],
  ])('%s is in the mailbox %s', (address, mailbox) => {
    expect(mailboxOf(address)).toBe(mailbox);
  });

  test('has one mailbox: that of its mailbox is the same', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyAddress, fc.string({ unit: 'binary' })), (text) => {
        expect(mailboxOf(mailboxOf(text))).toBe(mailboxOf(text));
      }),
    );
  });

  test('that is very long takes no work', () => {
    const long = `${'A'.repeat(1_000_000)}@example.com`;
    expect(isAddress(long)).toBe(false);
    expect(mailboxOf(long)).toBe(long);
  });
});
