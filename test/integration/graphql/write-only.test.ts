import { describe, expect, test } from '@jest/globals';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
} from '../../support/graphql-client.ts';
import { askHistory, HISTORY_OPERATIONS, readRevisions } from '../../support/history.ts';
import { PROFILE_SCHEMA } from '../../support/schema.ts';
import { useSchemaGateway } from '../../support/schema-gateway.ts';

const WRITE_TYPED = `mutation ($data: CustomUserDataInput!, $mode: WriteMode! = MERGE) {
  writeTypedCustomUserData(newCustomUserData: $data, mode: $mode) {
    accessToken customData result { matchedCount modifiedCount } user { customUserData { nickname } } } }`;
const STORED = '{ me { storedCustomData } }';

describeOnEveryStore('a writeOnly field', (provideStore) => {
  const { gateway, send } = useSchemaGateway(provideStore, PROFILE_SCHEMA, {
    CUSTOM_DATA_HISTORY: '20',
  });

  /** A user, and what is stored of the fields that the user does not see. */
  async function startUser(document?: object) {
    const { accessToken: token, user } = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    if (document !== undefined) await documents.insertOne({ userId: user.id, ...document });
    return {
      token,
      stored: async () => (await documents.findOne({ userId: user.id })) ?? {},
      write: (data: object, mode = 'MERGE') =>
        send(OPERATIONS.write, { token, variables: { data, mode } }),
      writeTyped: (data: object, mode = 'MERGE') =>
        send(WRITE_TYPED, { token, variables: { data, mode } }),
      update: (...operations: object[]) =>
        send(OPERATIONS.update, { token, variables: { operations } }),
    };
  }

  test('is stored, and is in no answer, no token and no history', async () => {
    const { token, stored, write, writeTyped, update } = await startUser({ nickname: 'Ann' });
    const answers = [
      await write({ pin: 'CANARY-1', address: { city: 'Rome', doorCode: 'CANARY-2' } }),
      await writeTyped({ nickname: 'Bea', recovery: { answer: 'CANARY-3' } }),
      await update({ set: { path: '/address/doorCode', value: 'CANARY-4' } }),
      await send(OPERATIONS.refreshCustomData, { token }),
      await send(OPERATIONS.me, { token }),
      await send(STORED, { token }),
      await askHistory(send, token),
    ];
    for (const { code, data } of answers) {
      expect(code).toBeUndefined();
      expect(JSON.stringify(data)).not.toMatch(/CANARY|pin"|recovery|doorCode/);
      for (const [issued] of JSON.stringify(data).matchAll(/[\w-]+\.[\w-]+\.[\w-]+/g)) {
        expect(JSON.stringify(decodeUnverifiedToken(issued))).not.toMatch(/CANARY|doorCode/);
      }
    }
    expect(await stored()).toMatchObject({
      ...{ nickname: 'Bea', pin: 'CANARY-1', recovery: { answer: 'CANARY-3' } },
      address: { city: 'Rome', doorCode: 'CANARY-4' },
    });
  });

  test.each(['MERGE', 'REPLACE', 'DEEP_MERGE'])(
    'stays when the whole document is read, changed and written back with %s',
    async (mode) => {
      const { token, stored, write } = await startUser({
        ...{ pin: '1234', nickname: 'Ann', recovery: { answer: 'cat' }, fraud: { level: 1 } },
        address: { doorCode: '4321', city: 'Rome', riskScore: 9 },
      });
      const { data } = await send(STORED, { token });
      const whole = { ...data.me.storedCustomData, nickname: 'Bea' };
      expect((await write(whole, mode)).code).toBeUndefined();
      expect(await stored()).toMatchObject({
        ...{ pin: '1234', nickname: 'Bea', recovery: { answer: 'cat' }, fraud: { level: 1 } },
        address: { doorCode: '4321', city: 'Rome', riskScore: 9 },
      });
    },
  );

  test('is set and removed by name: the answer is the same for a right guess and a wrong one', async () => {
    const outcomes = new Set<string>();
    for (const stored of [{ pin: '1234' }, { pin: '9999' }, {}]) {
      const user = await startUser({ nickname: 'Ann', ...stored });
      for (const answer of [
        await user.write({ pin: '1234' }),
        await user.writeTyped({ pin: '1234' }, 'DEEP_MERGE'),
        await user.update({ set: { path: '/pin', value: '1234' } }),
      ]) {
        const [payload] = Object.values(answer.data) as [{ result: object }];
        outcomes.add(JSON.stringify(payload.result));
      }
      expect(await user.stored()).toMatchObject({ pin: '1234' });
      const removed = await user.update({ unset: { path: '/pin' } });
      const again = await user.update({ unset: { path: '/pin' } });
      expect(again.data.updateCustomUserData.result).toEqual(
        removed.data.updateCustomUserData.result,
      );
      expect(removed.data.updateCustomUserData.result).toMatchObject({
        ...{ matchedCount: 1, modifiedCount: 1 },
      });
      expect(await user.stored()).not.toHaveProperty('pin');
    }
    // The typed operation asks for two of the counts.
    expect(outcomes.size).toBe(2);
  });

  describe.each([
    ['is there', { pin: '1234', recovery: { answer: 'cat' }, address: { doorCode: '4321' } }],
    ['is not there', {}],
  ])('that %s', (_what, document) => {
    test.each([
      [{ increment: { path: '/pin', by: 1 } }, '/pin'],
      [{ append: { path: '/recovery', value: 1 } }, '/recovery'],
      [{ addToSet: { path: '/address/doorCode', value: 1 } }, '/address/doorCode'],
      [{ pull: { path: '/pin', value: '1234' } }, '/pin'],
      [{ set: { path: '/recovery/answer', value: 'cat' } }, '/recovery/answer'],
      [{ unset: { path: '/recovery/answer' } }, '/recovery/answer'],
    ])('is written as a whole: %j is refused', async (operation, path) => {
      const { update } = await startUser(document);
      const { code, errors } = await update(operation);
      expect(code).toBe('FIELD_NOT_WRITABLE');
      expect(errors?.[0]?.extensions.paths).toEqual([path]);
    });

    test('is validated when it is written, and only then', async () => {
      const { write, update } = await startUser({ ...document, nickname: 'Ann' });
      const { code, errors } = await write({ pin: 'x', recovery: {}, nickname: 'Bea' });
      expect(code).toBe('CUSTOM_DATA_INVALID');
      const violations = errors?.[0]?.extensions.violations as { path: string }[];
      expect(violations.map(({ path }) => path).sort()).toEqual(['/pin', '/recovery/answer']);
      expect((await write({ nickname: 'Bea' })).code).toBeUndefined();
      const kept = await update({ set: { path: '/recovery', value: { question: 'pet' } } });
      expect(kept.code).toBe('CUSTOM_DATA_INVALID');
    });
  });

  test('is limited in size', async () => {
    const { write } = await startUser({ nickname: 'Ann' });
    // Three such fields share 512 KiB.
    const answer = await write({ pin: 'x'.repeat(200 * 1024) });
    expect(answer.code).toBe('CUSTOM_DATA_TOO_LARGE');
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      budget: Math.floor((512 * 1024) / 3),
      largestFields: [{ path: '/pin' }],
    });
  });

  test('stays as it is when a revision is brought back, and a revision of it alone is not shown', async () => {
    const { token, stored, write } = await startUser({ nickname: 'Ann', pin: '1234' });
    await send(OPERATIONS.refreshCustomData, { token });
    const [first] = await readRevisions(send, token);
    await write({ pin: '9999', address: { doorCode: '4321' } });
    expect(await readRevisions(send, token)).toHaveLength(1);
    await write({ nickname: 'Bea' });
    const variables = { revision: `${first?.revision}` };
    const { data } = await send(HISTORY_OPERATIONS.restore, { token, variables });
    expect(data.restoreCustomUserData.customData).toMatchObject({ nickname: 'Ann' });
    expect(await stored()).toMatchObject({
      ...{ nickname: 'Ann', pin: '9999', address: { doorCode: '4321' } },
    });
  });

  test('that operators alone had in version 0.1 is named in a warning at the start', () => {
    const lines = gateway()
      .logText()
      .split('\n')
      .filter((line) => line.includes('writeOnly'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, fields: ['/pin', '/recovery', '/address/doorCode'] },
    ]);
  });
});
