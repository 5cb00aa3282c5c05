import { describe, expect, test } from '@jest/globals';
import { createKeySealer } from '../../../src/token/key-sealer.ts';

const FIRST = 'the first secret of two';
const SECOND = 'the second secret of two';
const PURPOSE = 'signing-key a';

describe('what is sealed', () => {
  const sealer = createKeySealer([FIRST, SECOND]);

  test('opens with the secret that sealed it, and does not show what it is', async () => {
    const sealed = await sealer.seal('a private key', PURPOSE);
    expect(sealed).toMatch(/^v1(\.[\w-]+){3}$/);
    expect(Buffer.from(sealed.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain(
      'private',
    );
    expect(await sealer.open(sealed, PURPOSE)).toEqual({ text: 'a private key', isCurrent: true });
    expect(await createKeySealer([FIRST]).open(sealed, PURPOSE)).toMatchObject({ isCurrent: true });
  });

  test('opens with any secret of the list, and is to be sealed anew unless the first does', async () => {
    const sealed = await createKeySealer([SECOND]).seal('a private key', PURPOSE);
    expect(await sealer.open(sealed, PURPOSE)).toEqual({ text: 'a private key', isCurrent: false });
  });

  test('is another text each time', async () => {
    const seal = () => sealer.seal('a private key', PURPOSE);
    expect(await seal()).not.toBe(await seal());
  });

  test('does not open with another secret, for another purpose or without a secret', async () => {
    const sealed = await sealer.seal('a private key', PURPOSE);
    expect(await createKeySealer([SECOND]).open(sealed, PURPOSE)).toBeNull();
    expect(await sealer.open(sealed, 'signing-key b')).toBeNull();
    expect(await createKeySealer([]).open(sealed, PURPOSE)).toBeNull();
    await expect(createKeySealer([]).seal('a private key', PURPOSE)).rejects.toThrow('no secret');
  });

  test('does not open once a single character is another', async () => {
    const sealed = await sealer.seal('k', PURPOSE);
    for (const [index, character] of [...sealed].entries()) {
      if (character === '.' || index < 2) continue;
      // The last character of a part may have bits that nothing is made of.
      if (sealed[index + 1] === '.' || index === sealed.length - 1) continue;
      const changed =
        sealed.slice(0, index) + (character === 'A' ? 'B' : 'A') + sealed.slice(index + 1);
      expect(await sealer.open(changed, PURPOSE)).toBeNull();
    }
  }, 60_000);

  test.each([
    ['of another version', 'v2.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA'],
    ['without a nonce', 'v1.AAAAAAAAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAAAA'],
    ['shorter than its tag', 'v1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA.AAAA'],
    [
      'with a part too many',
      'v1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA.A',
    ],
    ['of no form', 'nothing'],
    ['that is too long', `v1.${'A'.repeat(100_000)}`],
  ])('is nothing if it is a text %s', async (_what, text) => {
    expect(await sealer.open(text, PURPOSE)).toBeNull();
  });
});
