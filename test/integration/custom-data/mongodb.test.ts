import { MongoClient } from 'mongodb';
import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import { describeCustomData } from '../../support/custom-data-suite.ts';
import {
  describeOnMongo,
  uniqueDatabaseName,
  withDatabase,
} from '../../support/mongodb/test-uri.ts';

describeOnMongo('MongoDB', (uri) => {
  describeCustomData('custom data on MongoDB', async () => {
    const database = uniqueDatabaseName('custom-data');
    const state = withDatabase(uri, uniqueDatabaseName('custom-data-state'));
    return {
      database,
      open: () => openMongoStore({ uri: state, log: createLog('silent') }),
      cleanup: async () => {
        const client = await MongoClient.connect(uri);
        await client.db(database).dropDatabase();
        await client.close();
      },
    };
  });
});
