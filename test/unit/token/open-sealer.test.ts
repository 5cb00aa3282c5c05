import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openKeySealer } from '../../../src/token/open-sealer.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';

describe('the secrets that keys are encrypted with', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
  });
  afterAll(() => directory.remove());

  const open = (keys: object) =>
    openKeySealer({ keys } as unknown as Parameters<typeof openKeySealer>[0]);
  async function openFile(text: string) {
    const encryptionSecretsFile = join(directory.path, 'secrets');
    await writeFile(encryptionSecretsFile, text);
    return open({ encryptionSecretsFile });
  }

  test('are those of the environment, or the lines of a file', async () => {
    const [one, other] = ['the first of the secrets', 'the second of the secrets'];
    const fromEnvironment = await open({ encryptionSecrets: [one, other] });
    const fromFile = await openFile(`${one}\n\n  ${other}\r\n`);
    const sealed = await fromEnvironment.seal('a key', 'a');
    expect(await fromFile.open(sealed, 'a')).toEqual({ text: 'a key', isCurrent: true });
    const old = await (await open({ encryptionSecrets: [other] })).seal('a key', 'a');
    expect(await fromFile.open(old, 'a')).toEqual({ text: 'a key', isCurrent: false });
    expect((await open({})).seals).toBe(false);
  });

  test.each([
    ['is empty', '\n \n', 'is empty'],
    ['has a short line', 'the first of the secrets\nshort', '16 characters or more'],
    ['has too many lines', 'the first of the secrets\n'.repeat(21), '20 secrets or fewer'],
  ])('of a file that %s refuse the start, and are not quoted', async (_what, text, message) => {
    const opening = openFile(text);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.not.toThrow('the first');
  });

  test('of a file that is not there refuse it, too', async () => {
    const encryptionSecretsFile = join(directory.path, 'absent');
    await expect(open({ encryptionSecretsFile })).rejects.toThrow('does not exist');
  });
});
