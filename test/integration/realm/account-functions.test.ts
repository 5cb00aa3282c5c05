import { expect, test } from '@jest/globals';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { Credentials, createRealmClient } from '../../support/realm-app.ts';
import { useRealmGateway } from '../../support/realm-gateway.ts';

const password = 'correct horse';

describeOnEveryStore('accounts by functions with realm-web', (provideStore) => {
  const verdicts = { confirm: 'pending', reset: 'success' };
  const calls: (readonly unknown[])[] = [];
  const provide = useRealmGateway(
    provideStore,
    {
      authFunction: () => 'someone',
      confirm: (...args) => {
        calls.push(args);
        return { status: verdicts.confirm };
      },
      reset: (...args) => {
        calls.push(args);
        return { status: verdicts.reset };
      },
    },
    {
      EMAIL_CONFIRMATION: 'function',
      EMAIL_CONFIRMATION_FUNCTION: 'confirm',
      PASSWORD_RESET: 'function',
      PASSWORD_RESET_FUNCTION: 'reset',
    },
  );

  test('rows 12 and 15: confirming and resetting by function', async () => {
    const { app } = createRealmClient(provide().gateway.url);
    const email = 'by-function@example.com';
    await app.emailPasswordAuth.registerUser({ email, password });
    const logIn = (secret: string) => app.logIn(Credentials.emailPassword(email, secret));
    await expect(logIn(password)).rejects.toMatchObject({ error: 'unauthorized' });
    verdicts.confirm = 'success';
    await app.emailPasswordAuth.retryCustomConfirmation({ email });
    expect((await logIn(password)).isLoggedIn).toBe(true);

    const details = { email, password: 'another password' };
    await app.emailPasswordAuth.callResetPasswordFunction(details, 'answer', 7, { x: 1 });
    expect((await logIn('another password')).isLoggedIn).toBe(true);
    expect(calls.at(-1)).toMatchObject([
      { username: email, password: 'another password', currentPasswordValid: false },
      'answer',
      { value: 7 },
      { x: { value: 1 } },
    ]);
    verdicts.reset = 'fail';
    await expect(app.emailPasswordAuth.callResetPasswordFunction(details)).rejects.toMatchObject({
      statusCode: 400,
      errorCode: 'BadRequest',
    });
  });

  test('asking for a reset mail is answered with the way there is, whoever asks', async () => {
    const { app } = createRealmClient(provide().gateway.url);
    const email = 'nobody@example.com';
    await expect(app.emailPasswordAuth.sendResetPasswordEmail({ email })).rejects.toMatchObject({
      statusCode: 400,
      error: 'please use reset password via function',
    });
    await expect(app.emailPasswordAuth.retryCustomConfirmation({ email })).rejects.toMatchObject({
      statusCode: 404,
      error: 'user not found',
    });
  });

  test('a registration that the function refuses leaves no account', async () => {
    const { app } = createRealmClient(provide().gateway.url);
    const email = 'refused@example.com';
    verdicts.confirm = 'fail';
    const register = () => app.emailPasswordAuth.registerUser({ email, password });
    await expect(register()).rejects.toMatchObject({
      statusCode: 400,
      errorCode: 'BadRequest',
      error: `failed to confirm user "${email}"`,
    });
    verdicts.confirm = 'success';
    await register();
    const user = await app.logIn(Credentials.emailPassword(email, password));
    expect(user.isLoggedIn).toBe(true);
  });
});

describeOnEveryStore(
  'accounts that are confirmed automatically, with realm-web',
  (provideStore) => {
    const provide = useRealmGateway(
      provideStore,
      { authFunction: () => 'someone' },
      { EMAIL_CONFIRMATION: 'automatic' },
    );

    test('have no confirmation to retry, whether they are there or not', async () => {
      const { app } = createRealmClient(provide().gateway.url);
      const { emailPasswordAuth } = app;
      const email = 'automatic@example.com';
      await emailPasswordAuth.registerUser({ email, password });
      for (const each of [email, 'nobody@example.com']) {
        await expect(
          emailPasswordAuth.retryCustomConfirmation({ email: each }),
        ).rejects.toMatchObject({
          statusCode: 400,
          error: `cannot run confirmation for ${each}: automatic confirmation is enabled`,
        });
      }
      await expect(emailPasswordAuth.resendConfirmationEmail({ email })).rejects.toMatchObject({
        error: 'already confirmed',
      });
      await expect(
        emailPasswordAuth.sendResetPasswordEmail({ email: 'nobody@example.com' }),
      ).rejects.toMatchObject({ statusCode: 404, error: 'user not found' });
    });
  },
);
