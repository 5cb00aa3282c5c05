import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BSON } from 'realm-web';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { Credentials, createRealmClient, type RealmClient } from '../../support/realm-app.ts';

const COLLECTION = 'custom-user-data';

describeOnEveryStore('row 8: mongoClient of realm-web', (provideStore) => {
  let client: RealmClient;
  let user: Awaited<ReturnType<RealmClient['app']['logIn']>>;

  const documentsOf = (service: string | undefined, collection = COLLECTION) =>
    user
      // Without a name realm-web says "mongo-db".
      .mongoClient(service as string)
      .db(provideStore().env.CUSTOM_DATA_DATABASE ?? 'custom-user-data-database')
      .collection(collection);
  const documents = () => documentsOf('mongodb-atlas');

  function useGateway(access: string): void {
    let gateway: TestGateway;
    beforeAll(async () => {
      const env = { ...provideStore().env, CUSTOM_DATA_CLIENT_ACCESS: access };
      gateway = await startGateway(env);
    });
    afterAll(() => gateway.stop());
    beforeEach(async () => {
      client = createRealmClient(gateway.url);
      user = await client.app.logIn(Credentials.anonymous());
      client.takeRequests();
    });
  }

  async function expectNoRule(call: Promise<unknown>): Promise<void> {
    await expect(call).rejects.toMatchObject({
      statusCode: 403,
      errorCode: 'NoMatchingRuleFound',
    });
    expect(client.takeRequests()).toHaveLength(1);
  }

  describe('with CUSTOM_DATA_CLIENT_ACCESS=write', () => {
    useGateway('write');

    test.each(['mongodb-atlas', 'Cluster0', undefined])(
      'writes and reads the own document through the service %s',
      async (service) => {
        const own = documentsOf(service);
        expect(await own.findOne()).toBeNull();
        const { insertedId } = await own.insertOne({ userId: user.id, theme: 'dark', visits: 1 });
        expect(insertedId).toEqual(expect.any(BSON.ObjectId));
        const document = { _id: insertedId, userId: user.id, theme: 'dark', visits: 1 };
        expect(await own.find()).toEqual([document]);
        expect(await own.findOne({ theme: 'dark' }, { projection: { visits: 1 } })).toEqual({
          _id: insertedId,
          visits: 1,
        });
        expect(await own.count({ theme: 'light' })).toBe(0);
        expect(await own.updateOne({ userId: user.id }, { $inc: { visits: 1 } })).toEqual({
          matchedCount: 1,
          modifiedCount: 1,
        });
        const updated = await own.findOneAndUpdate(
          {},
          { $set: { theme: 'light' } },
          { returnNewDocument: true },
        );
        expect(updated).toEqual({ ...document, theme: 'light', visits: 2 });
        expect(await user.refreshCustomData()).toMatchObject({
          _id: String(insertedId),
          theme: 'light',
          visits: { $numberInt: '2' },
        });
        expect(await own.deleteOne({})).toEqual({ deletedCount: 1 });
        expect(await user.refreshCustomData()).toEqual({});
      },
    );

    test('upserts with the id of the caller', async () => {
      const result = await documents().updateOne(
        { userId: user.id },
        { $set: { theme: 'dark' } },
        { upsert: true },
      );
      expect(result).toMatchObject({ matchedCount: 0, upsertedId: expect.any(BSON.ObjectId) });
      expect(await user.refreshCustomData()).toMatchObject({ userId: user.id, theme: 'dark' });
    });

    test('findOneAndDelete, which sends findOneAndReplace without a replacement, deletes', async () => {
      await documents().insertOne({ userId: user.id, theme: 'dark' });
      expect(await documents().findOneAndDelete({})).toMatchObject({ theme: 'dark' });
      expect(await documents().find()).toEqual([]);
      const stored = await (await provideStore().openDocuments()).find({ userId: user.id });
      expect(stored).toEqual([]);
    });

    test('sees nothing of others, whatever the query', async () => {
      await documents().insertOne({ userId: user.id, theme: 'dark' });
      const other = createRealmClient(await client.app.locationUrl);
      user = await other.app.logIn(Credentials.anonymous());
      expect(await documents().find({})).toEqual([]);
      expect(await documents().updateOne({ theme: 'dark' }, { $set: { theme: 'mine' } })).toEqual({
        matchedCount: 0,
        modifiedCount: 0,
      });
    });

    test('no rule lets anyone into another collection, or run a pipeline', async () => {
      await expectNoRule(documentsOf('mongodb-atlas', 'accounts').find());
      await expectNoRule(documents().aggregate([]));
      await expectNoRule(documents().insertMany([{ a: 1 }]));
    });

    test('writes to the identity are refused', async () => {
      await documents().insertOne({ userId: user.id });
      client.takeRequests();
      await expectNoRule(documents().updateOne({}, { $set: { userId: 'somebody else' } }));
    });
  });

  describe('with CUSTOM_DATA_CLIENT_ACCESS=read', () => {
    useGateway('read');

    test('reads but does not write', async () => {
      await user.callFunction('writeCustomUserData', { theme: 'dark' });
      client.takeRequests();
      expect(await documents().findOne()).toMatchObject({ theme: 'dark' });
      client.takeRequests();
      await expectNoRule(documents().updateOne({}, { $set: { theme: 'light' } }));
    });
  });

  describe('without CUSTOM_DATA_CLIENT_ACCESS', () => {
    useGateway('off');

    test('does nothing', async () => {
      await expectNoRule(documents().findOne());
      await expectNoRule(documents().insertOne({ userId: user.id }));
    });
  });
});
