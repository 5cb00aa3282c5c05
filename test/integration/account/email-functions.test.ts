import { describe, expect, test } from '@jest/globals';
import { Int32 } from '../../../src/bson.ts';
import { ACCOUNT_OPERATIONS, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { useFunctionGateway } from '../../support/function-gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { OPERATIONS } from '../../support/graphql-client.ts';

const password = 'correct horse';

describeOnEveryStore('a function', (provideStore) => {
  const { behaviour, callsOf, latestArgument, newEmail, send } = useFunctionGateway(provideStore);
  const register = (email: string) =>
    send(OPERATIONS.registerUser, { variables: { email, password } });

  describe('that confirms', () => {
    test('gets the address and a token, and success lets the user in', async () => {
      const email = newEmail();
      await register(email);
      const call = callsOf('confirm').at(-1);
      expect(call).toMatchObject({ origin: 'system', user: { type: 'system', id: '' } });
      expect(call?.args).toEqual([
        {
          username: email,
          token: expect.stringMatching(/^[\w-]{43}$/),
          tokenId: expect.stringMatching(/^[0-9a-f]{24}$/),
        },
      ]);
      expect((await logInByEmail(send, email, password)).code).toBeUndefined();
    });

    test('leaves the rest to its token if it says pending', async () => {
      behaviour.confirm = () => ({ status: 'pending' });
      const email = newEmail();
      await register(email);
      expect((await logInByEmail(send, email, password)).errors?.[0]?.extensions).toMatchObject({
        reason: 'NOT_CONFIRMED',
      });
      await send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } });
      const { token, tokenId } = latestArgument('confirm');
      const answer = await send(ACCOUNT_OPERATIONS.confirmUser, { variables: { token, tokenId } });
      expect(answer.data.confirmUser).toBe(true);
      expect((await logInByEmail(send, email, password)).code).toBeUndefined();
    });

    test.each([
      ['fail', () => ({ status: 'fail' })],
      ['another word', () => ({ status: 'maybe' })],
      ['nothing', () => undefined],
    ])('keeps no account if it says %s', async (_what, says) => {
      const email = newEmail();
      behaviour.confirm = says;
      const refusal = await register(email);
      expect(refusal.code).toBe('BAD_USER_INPUT');
      expect(refusal.errors?.[0]?.message).toBe(`failed to confirm user "${email}"`);
      behaviour.confirm = () => ({ status: 'success' });
      expect((await register(email)).code).toBeUndefined();
    });

    test('keeps no account if it throws, and one that is pending if it throws later', async () => {
      const email = newEmail();
      behaviour.confirm = () => {
        throw new Error('no confirmation today');
      };
      const refusal = await register(email);
      expect(refusal.code).toBe('FUNCTION_FAILED');
      expect(refusal.errors?.[0]?.message).toBe('no confirmation today');
      behaviour.confirm = () => ({ status: 'pending' });
      await register(email);
      behaviour.confirm = () => ({ status: 'fail' });
      const again = await send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email } });
      expect(again.code).toBe('BAD_USER_INPUT');
      expect((await register(email)).code).toBe('ACCOUNT_EXISTS');
    });
  });

  describe('that resets', () => {
    const reset = (email: string, next: string, more: object = {}) =>
      send(ACCOUNT_OPERATIONS.callResetPasswordFunction, {
        variables: { email, password: next, ...more },
      });

    test('gets the new password and the arguments, and success sets it', async () => {
      const email = newEmail();
      await register(email);
      const session = await mustLogIn(send, { emailPassword: { email, password } });
      const answer = await reset(email, 'a new password', {
        arguments: ['ans1', { $numberInt: '7' }, null],
      });
      expect(answer.data.callResetPasswordFunction).toBe(true);
      expect(callsOf('reset').at(-1)?.args).toEqual([
        {
          username: email,
          password: 'a new password',
          token: expect.stringMatching(/^[\w-]{43}$/),
          tokenId: expect.stringMatching(/^[0-9a-f]{24}$/),
          currentPasswordValid: false,
        },
        'ans1',
        new Int32(7),
        null,
      ]);
      expect((await logInByEmail(send, email, 'a new password')).code).toBeUndefined();
      const { refreshToken } = session;
      const old = await send(OPERATIONS.refreshSession, { variables: { refreshToken } });
      expect(old.errors?.[0]?.extensions).toMatchObject({ reason: 'SESSION_ENDED' });
    });

    test('is told whether the current password is right', async () => {
      const email = newEmail();
      await register(email);
      const told = async (currentPassword: string) => {
        await reset(email, password, { currentPassword });
        return latestArgument('reset').currentPasswordValid;
      };
      expect(await told(password)).toBe(true);
      expect(await told('wrong password')).toBe(false);
    });

    test('leaves the rest to its token if it says pending', async () => {
      behaviour.reset = () => ({ status: 'pending' });
      const email = newEmail();
      await register(email);
      await reset(email, 'not this one');
      const { token, tokenId } = latestArgument('reset');
      expect((await logInByEmail(send, email, password)).code).toBeUndefined();
      await send(ACCOUNT_OPERATIONS.resetPassword, {
        variables: { token, tokenId, password: 'but this one' },
      });
      expect((await logInByEmail(send, email, 'but this one')).code).toBeUndefined();
    });

    test('changes nothing if it refuses or throws, and its token is useless', async () => {
      const email = newEmail();
      await register(email);
      behaviour.reset = () => ({ status: 'fail' });
      const refusal = await reset(email, 'a new password');
      expect(refusal.code).toBe('BAD_USER_INPUT');
      expect(refusal.errors?.[0]?.message).toBe(`failed to reset password for user "${email}"`);
      behaviour.reset = () => {
        throw new Error('not on Sundays');
      };
      expect((await reset(email, 'a new password')).code).toBe('FUNCTION_FAILED');
      const { token, tokenId } = latestArgument('reset');
      const used = await send(ACCOUNT_OPERATIONS.resetPassword, {
        variables: { token, tokenId, password: 'a new password' },
      });
      expect(used.code).toBe('EMAIL_TOKEN_INVALID');
      expect((await logInByEmail(send, email, password)).code).toBeUndefined();
      expect((await reset('nobody@example.com', password)).code).toBe('USER_NOT_FOUND');
    });
  });
});
