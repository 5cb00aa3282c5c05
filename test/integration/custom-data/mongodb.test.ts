import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import { describeCustomData } from '../../support/custom-data-suite.ts';
import { createTestDatabase } from '../../support/mongodb/test-database.ts';
import { canTestServerHold, describeOnMongo } from '../../support/mongodb/test-uri.ts';

describeOnMongo('MongoDB', (uri) => {
  describeCustomData('custom data on MongoDB', async () => {
    const database = await createTestDatabase(uri, 'custom-data');
    return {
      database: database.name,
      open: () => openMongoStore({ uri: database.uri, log: createLog('silent') }),
      cleanup: database.remove,
      canHold: canTestServerHold,
    };
  });
});
