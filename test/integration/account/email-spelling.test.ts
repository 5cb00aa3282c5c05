/** One mailbox is one address: in whatever case it is written, and never as something a mailer would correct. */
import { describe, expect, test } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { importAccount, useAccountGateway } from '../../support/account-gateway.ts';
import { ACCOUNT_OPERATIONS, logInByEmail, mustLogIn } from '../../support/account-operations.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const password = 'correct horse battery';
const other = 'another pass phrase';

describeOnEveryStore('an address', (provideStore) => {
  const account = useAccountGateway(provideStore);
  const { anonymous, askForReset, confirm, link, register, resetWith, send } = account;
  let count = 0;
  const name = () => {
    count += 1;
    return `Case-${count}`;
  };
  const byEmail = (email: string, given = password) => ({
    emailPassword: { email, password: given },
  });

  describe('in another case', () => {
    test('is the same at registration and log-in', async () => {
      const local = name();
      const { userId } = (await register(`${local}@Example.com`, password)).data.registerUser;
      await confirm(`${local}@example.com`);
      for (const email of [`${local}@Example.com`, `${local}@example.com`.toLowerCase()]) {
        expect((await register(email, other)).code).toBe('ACCOUNT_EXISTS');
        expect((await mustLogIn(send, byEmail(email))).user.id).toBe(userId);
      }
      const shouted = `${local}@EXAMPLE.COM`.toUpperCase();
      expect((await register(shouted, other)).code).toBe('ACCOUNT_EXISTS');
      expect((await mustLogIn(send, byEmail(shouted))).user.id).toBe(userId);
      const { accessToken } = await mustLogIn(send, byEmail(shouted));
      const { data } = await link(accessToken, byEmail(shouted));
      expect(data.linkCredentials.identities).toHaveLength(1);
    });

    test('is the same when it is confirmed again, reset and linked; mails go to the spelling of the registration', async () => {
      const local = name();
      const [registered, written] = [`${local}@example.com`, `${local.toUpperCase()}@EXAMPLE.com`];
      await register(registered, password);
      const before = account.mailServer().mails.length;
      await send(ACCOUNT_OPERATIONS.sendConfirmation, { variables: { email: written } });
      await confirm(registered);
      const reset = await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, {
        variables: { email: written },
      });
      expect(reset.code).toBeUndefined();
      expect(
        account
          .mailServer()
          .mails.slice(before)
          .map(({ to }) => to),
      ).toEqual([registered, registered]);
      const { accessToken, user } = await anonymous();
      expect((await link(accessToken, byEmail(written))).code).toBeUndefined();
      expect((await mustLogIn(send, byEmail(registered))).user.id).toBe(user.id);
    });

    test('of a domain in Unicode and in ASCII is the same', async () => {
      const local = name();
      await register(`${local}@münchen.example`, password);
      expect((await register(`${local}@xn--mnchen-3ya.example`, other)).code).toBe(
        'ACCOUNT_EXISTS',
      );
      expect((await register(`${local}@MÜNCHEN.example`, other)).code).toBe('ACCOUNT_EXISTS');
    });

    test('that looks alike and is another mailbox is another address', async () => {
      const local = name();
      await register(`${local}-k@example.com`, password);
      // KELVIN SIGN: its small form is an ASCII k.
      expect((await register(`${local}-\u212a@example.com`, other)).code).not.toBe(
        'ACCOUNT_EXISTS',
      );
    });

    test('is registered once, also when both spellings are at once', async () => {
      for (let round = 0; round < 3; round += 1) {
        const local = name();
        const emails = [`${local}@example.com`, `${local.toLowerCase()}@example.com`];
        const answers = await Promise.all(
          [...emails, ...emails].map((email) => register(email, password)),
        );
        const codes = answers.map(({ code }) => code ?? 'registered').sort();
        expect(codes).toEqual([...Array(3).fill('ACCOUNT_EXISTS'), 'registered']);
      }
    });

    test('of an imported account is that account', async () => {
      const email = `${name()}@Example.com`;
      const userId = new ObjectId().toHexString();
      await importAccount(provideStore(), { email: email.toLowerCase(), userId });
      const answer = await register(email, 'thrown away');
      expect(answer.data.registerUser).toEqual({ userId });
      await resetWith(await askForReset(email.toLowerCase()), password);
      expect((await mustLogIn(send, byEmail(email))).user.id).toBe(userId);
    });

    test('shares the limit of its mails', async () => {
      const local = name();
      await register(`${local}@example.com`, password);
      const codes: (string | undefined)[] = [];
      for (let round = 0; round < 11; round += 1) {
        const email = `${round % 2 === 0 ? local : local.toUpperCase()}@example.com`;
        const answer = await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, {
          variables: { email },
        });
        codes.push(answer.code);
      }
      expect(codes).toEqual([...Array(10).fill(undefined), 'RATE_LIMITED']);
    });
  });

  describe('that a mailer would correct', () => {
    test.each([
      'flood@target.example>',
      '<flood@target.example',
      '<flood@target.example>',
      'flood@target.example,',
      'flood@target.example;',
      'flood(comment)@target.example',
      'flood@target.example(comment)',
      '"flood"@target.example',
      'friends:flood@target.example',
      'flood@target.example.',
      '.flood@target.example',
      'flood.@target.example',
      'flood..flood@target.example',
      'flood@.target.example',
      'flood@target..example',
      'flood@[127.0.0.1]',
      'flood@0x7f.1',
      'flood@target.example/x',
      'fl\u00a0ood@target.example',
      'flood\\@target.example',
    ])('is refused: %s', async (email) => {
      expect((await register(email, password)).code).toBe('BAD_USER_INPUT');
    });

    test('and was registered before gets no mail, and its user logs in', async () => {
      const email = `${name()}@target.example>`;
      await register(`${name()}@example.com`, password);
      const registrations = await provideStore().openState('registrations');
      const model = await registrations.findOne<Record<string, unknown>>({
        email: `Case-${count}@example.com`,
      });
      const {
        mailbox: _mailbox,
        isProven: _isProven,
        confirmation: _token,
        ...stored
      } = model ?? {};
      const ids = { _id: new ObjectId().toHexString(), userId: new ObjectId().toHexString() };
      await registrations.insertOne({ ...stored, ...ids, email, isConfirmed: true });
      const before = account.mailServer().mails.length;
      const reset = await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, {
        variables: { email },
      });
      expect(reset.code).toBe('BAD_USER_INPUT');
      expect(account.mailServer().mails).toHaveLength(before);
      expect((await mustLogIn(send, byEmail(email))).user.id).toBe(ids.userId);
    });
  });

  /** Two registrations of one mailbox, as the version before may have left them. */
  async function twins() {
    const local = name();
    await register(`${local}@model.example`, password);
    const registrations = await provideStore().openState('registrations');
    const model = await registrations.findOne<Record<string, unknown>>({
      email: `${local}@model.example`,
    });
    const { mailbox: _mailbox, isProven: _isProven, confirmation: _token, ...stored } = model ?? {};
    const emails = [`${local}@twins.example`, `${local.toLowerCase()}@twins.example`];
    const ids = await Promise.all(
      emails.map(async (email) => {
        const own = { _id: new ObjectId().toHexString(), userId: new ObjectId().toHexString() };
        await registrations.insertOne({ ...stored, ...own, email, isConfirmed: true });
        return own.userId;
      }),
    );
    return { emails, ids };
  }

  test('two of the version before that differ in case are two: each logs in as written', async () => {
    const { emails, ids } = await twins();
    for (const [index, email] of emails.entries()) {
      for (const _twice of [1, 2]) {
        expect((await mustLogIn(send, byEmail(email))).user.id).toBe(ids[index]);
      }
      await resetWith(await askForReset(email), `${other} ${index}`);
      expect((await logInByEmail(send, email, password)).code).toBe('INVALID_CREDENTIALS');
    }
    for (const [index, email] of emails.entries()) {
      expect((await mustLogIn(send, byEmail(email, `${other} ${index}`))).user.id).toBe(ids[index]);
    }
  });

  test('two of the version before that are one mailbox share the limit of its mails', async () => {
    const { emails } = await twins();
    const codes: (string | undefined)[] = [];
    for (let round = 0; round < 12; round += 1) {
      const email = emails[round % 2];
      const answer = await send(ACCOUNT_OPERATIONS.sendResetPasswordEmail, {
        variables: { email },
      });
      codes.push(answer.code);
    }
    expect(codes).toEqual([...Array(10).fill(undefined), 'RATE_LIMITED', 'RATE_LIMITED']);
  });
});
