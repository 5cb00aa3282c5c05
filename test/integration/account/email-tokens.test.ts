import { expect, test } from '@jest/globals';
import { register, useRegistrations } from '../../support/registrations.ts';
import { forEachStore } from '../../support/stores.ts';
import { START } from '../../support/test-tokens.ts';

const refused = expect.objectContaining({ code: 'INVALID_CREDENTIALS', details: {} });
const invalid = (reason: 'INVALID' | 'EXPIRED') =>
  expect.objectContaining({ code: 'EMAIL_TOKEN_INVALID', details: { reason } });
const confirmedAlready = expect.objectContaining({ code: 'USER_ALREADY_CONFIRMED' });
const password = 'correct horse';
const HALF_AN_HOUR = 30 * 60_000;

forEachStore('a token of a registration', (openStore) => {
  let now = START;
  const setUp = useRegistrations(openStore, () => now);

  test('is stored as a hash', async () => {
    const { collection, registrations, email } = setUp();
    const registered = await register(registrations, email, password, false);
    const { token, tokenId } = await registrations.issueToken(registered, 'confirmation');
    const stored = JSON.stringify(await collection.findOne({ email }));
    expect(stored).not.toContain(token);
    expect(stored).toContain(tokenId);
  });

  test('confirms once, also when it is used many times at once', async () => {
    const { registrations, elsewhere, email } = setUp();
    const registered = await register(registrations, email, password, false);
    const token = await registrations.issueToken(registered, 'confirmation');
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? registrations : elsewhere).confirm(token),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await registrations.verify({ email, password })).toMatchObject({ isConfirmed: true });
    await expect(registrations.confirm(token)).rejects.toEqual(confirmedAlready);
  });

  test('sets the password once, also when it is used many times at once', async () => {
    const { registrations, elsewhere, email } = setUp();
    const registered = await register(registrations, email, password);
    const token = await registrations.issueToken(registered, 'reset');
    const passwords = Array.from({ length: 10 }, (_, index) => `new password ${index}`);
    const results = await Promise.allSettled(
      passwords.map((next, index) =>
        (index % 2 === 0 ? registrations : elsewhere).resetPassword(token, next),
      ),
    );
    const winners = passwords.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect(await registrations.verify({ email, password: winners[0] ?? '' })).toMatchObject({
      isProven: true,
    });
    await expect(registrations.verify({ email, password })).rejects.toEqual(refused);
    expect(await registrations.isCurrent(registered)).toBe(false);
    await expect(registrations.resetPassword(token, password)).rejects.toEqual(invalid('INVALID'));
  });

  test('does not confirm when it resets', async () => {
    const { registrations, email } = setUp();
    const registered = await register(registrations, email, password, false);
    await registrations.resetPassword(
      await registrations.issueToken(registered, 'reset'),
      'new password',
    );
    await expect(registrations.verify({ email, password: 'new password' })).rejects.toMatchObject({
      details: { reason: 'NOT_CONFIRMED' },
    });
  });

  test('of one kind, one id or one text is not accepted for another', async () => {
    const { registrations, email } = setUp();
    const registered = await register(registrations, email, password, false);
    const confirmation = await registrations.issueToken(registered, 'confirmation');
    const reset = await registrations.issueToken(registered, 'reset');
    for (const token of [
      reset,
      { ...confirmation, token: reset.token },
      { ...confirmation, tokenId: reset.tokenId },
      { ...confirmation, token: '' },
      { ...confirmation, token: `${confirmation.token} ` },
      { token: '', tokenId: '' },
    ]) {
      await expect(registrations.confirm(token)).rejects.toEqual(invalid('INVALID'));
    }
    for (const token of [confirmation, { ...reset, token: confirmation.token }]) {
      await expect(registrations.resetPassword(token, password)).rejects.toEqual(
        invalid('INVALID'),
      );
    }
  });

  test('is replaced by a new one of its kind', async () => {
    const { registrations, email } = setUp();
    const registered = await register(registrations, email, password, false);
    const first = await registrations.issueToken(registered, 'confirmation');
    const second = await registrations.issueToken(registered, 'confirmation');
    await expect(registrations.confirm(first)).rejects.toEqual(invalid('INVALID'));
    await registrations.confirm(second);
  });

  test('lives for thirty minutes', async () => {
    const { registrations, email } = setUp();
    const registered = await register(registrations, email, password, false);
    const confirmation = await registrations.issueToken(registered, 'confirmation');
    const reset = await registrations.issueToken(registered, 'reset');
    now = START + HALF_AN_HOUR;
    await expect(registrations.confirm(confirmation)).rejects.toEqual(invalid('EXPIRED'));
    await expect(registrations.resetPassword(reset, password)).rejects.toEqual(invalid('EXPIRED'));
    now = START + HALF_AN_HOUR - 1;
    await registrations.confirm(confirmation);
    await registrations.resetPassword(reset, password);
    now = START;
  });

  test('is issued ten times in half an hour, also when many are asked for at once', async () => {
    const { registrations, elsewhere, email } = setUp();
    const registered = await register(registrations, email, password, false);
    const results = await Promise.allSettled(
      Array.from({ length: 15 }, (_, index) =>
        (index % 2 === 0 ? registrations : elsewhere).issueToken(registered, 'confirmation'),
      ),
    );
    const issued = results.filter(({ status }) => status === 'fulfilled');
    expect(issued).toHaveLength(10);
    await expect(registrations.issueToken(registered, 'confirmation')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: HALF_AN_HOUR / 1000 },
    });
    await registrations.issueToken(registered, 'reset');
    now = START + HALF_AN_HOUR;
    await registrations.issueToken(registered, 'confirmation');
    now = START;
  });

  test('that was dropped, or whose registration is gone, does nothing', async () => {
    const { registrations, email } = setUp();
    const registered = await register(registrations, email, password);
    const token = await registrations.issueToken(registered, 'reset');
    const latest = await registrations.issueToken(registered, 'reset');
    await registrations.dropResetToken(registered, token);
    const [{ hash, reset } = {}] = [await registrations.find(email)].map((found) => ({
      hash: found?.passwordHash,
      reset: found?.reset,
    }));
    expect({ hash, id: reset?.id }).toEqual({ hash: registered.passwordHash, id: latest.tokenId });
    await registrations.dropResetToken(registered, latest);
    await expect(registrations.resetPassword(latest, password)).rejects.toEqual(invalid('INVALID'));
    await registrations.deleteAll([registered._id]);
    await expect(registrations.issueToken(registered, 'reset')).rejects.toMatchObject({
      code: 'USER_NOT_FOUND',
    });
  });
});
