import { expect, test } from '@jest/globals';
import type { Document } from '../../../src/values/documents.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { askHistory, HISTORY_OPERATIONS, readRevisions } from '../../support/history.ts';
import { PROFILE_SCHEMA } from '../../support/schema.ts';
import { useSchemaGateway } from '../../support/schema-gateway.ts';

const PROTECTED = {
  role: 'member',
  plan: { level: 2, invoice: 'CANARY-1' },
  fraud: { level: 3, notes: 'CANARY-2' },
  address: { city: 'Rome', verified: true, riskScore: 987654321 },
  photos: ['https://example.com/1'],
};

describeOnEveryStore('the history of a document with a schema', (provideStore) => {
  const { send } = useSchemaGateway(provideStore, PROFILE_SCHEMA, {
    CUSTOM_DATA_HISTORY: '20',
    TOKEN_BUDGET_BYTES: '4096',
  });

  async function startUser() {
    const { accessToken: token, user } = await logInAnonymously(send);
    const documents = await provideStore().openDocuments();
    await documents.insertOne({ userId: user.id, ...PROTECTED });
    await send(OPERATIONS.refreshCustomData, { token });
    const [first] = await readRevisions(send, token);
    const outside = async ($set: Document) => {
      await documents.updateOne({ userId: user.id }, { $set });
      const { data } = await send(OPERATIONS.refreshCustomData, { token });
      return data.refreshCustomData.user.customDataRevision as string;
    };
    const restore = (revision: string) =>
      send(HISTORY_OPERATIONS.restore, { token, variables: { revision } });
    const write = (data: object, mode = 'MERGE') =>
      send(OPERATIONS.write, { token, variables: { data, mode } });
    const stored = () => documents.findOne({ userId: user.id });
    return { token, first: `${first?.revision}`, outside, restore, stored, write };
  }

  test('a change of hidden fields alone is not shown; in any other they are not', async () => {
    const { token, first, outside } = await startUser();
    await outside({ 'fraud.notes': 'CANARY-3' });
    await outside({ 'address.riskScore': 987650000, 'plan.invoice': 'CANARY-4' });
    expect(await readRevisions(send, token)).toMatchObject([{ revision: first }]);
    const seen = await outside({ role: 'admin', 'fraud.level': 4 });
    const answer = await askHistory(send, token);
    const [newest, oldest, ...others] = await readRevisions(send, token);
    expect(others).toStrictEqual([]);
    expect(oldest?.revision).toBe(first);
    expect(newest).toMatchObject({
      revision: seen,
      changes: [{ path: '/role', kind: 'CHANGED', before: 'member', after: 'admin' }],
    });
    expect(JSON.stringify(answer.data)).not.toMatch(/CANARY|fraud|riskScore|invoice|98765/);
  });

  test('fields that tokens do not carry are part of it', async () => {
    const { token, first, restore, stored, write } = await startUser();
    await write({ photos: ['https://example.com/2'] });
    const [newest] = await readRevisions(send, token);
    expect(newest?.changes).toMatchObject([{ path: '/photos/0', kind: 'CHANGED' }]);
    expect(await restore(first)).toMatchObject({ code: undefined });
    expect(await stored()).toMatchObject({ photos: PROTECTED.photos });
  });

  test('bringing back leaves what users may not write as it is now', async () => {
    const { first, outside, restore, stored, write } = await startUser();
    await outside({
      ...{ role: 'admin', 'fraud.level': 9, 'address.verified': false, 'address.riskScore': 1 },
    });
    await write({ address: { city: 'Oslo' }, nickname: 'Ann' });
    const { code, data } = await restore(first);
    expect(code).toBeUndefined();
    expect(data.restoreCustomUserData.customData).toMatchObject({
      ...{ role: 'admin', address: { city: 'Rome', verified: false } },
    });
    const document = await stored();
    expect(document).toMatchObject({
      role: 'admin',
      fraud: { level: 9, notes: 'CANARY-2' },
      address: { city: 'Rome', verified: false, riskScore: 1 },
    });
    expect(document).not.toHaveProperty('nickname');
  });

  test('bringing back is held to the schema and to the budget, like any write', async () => {
    const { first, outside, restore, stored, write } = await startUser();
    const invalid = await outside({ nickname: 'far too long for a nickname' });
    const large = await outside({ nickname: 'Ann', anything: 'x'.repeat(5000) });
    expect((await write({ nickname: 'Bea' }, 'REPLACE')).code).toBeUndefined();
    const before = await stored();
    expect(await restore(invalid)).toMatchObject({ status: 200, code: 'CUSTOM_DATA_INVALID' });
    const refused = await restore(large);
    expect(refused).toMatchObject({ status: 200, code: 'CUSTOM_DATA_TOO_LARGE' });
    expect(refused.errors?.[0]?.extensions).toMatchObject({ budget: 4096 });
    expect(await stored()).toStrictEqual(before);
    expect(await restore(first)).toMatchObject({ code: undefined });
  });
});
