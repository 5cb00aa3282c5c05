/** The contract on MongoDB. */
import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import { mongoTestLimits } from '../../support/mongodb/java-limits.ts';
import { createTestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';
import { describeStoreContract } from '../../support/store-contract.ts';

const log = createLog('silent');

describeOnMongo('MongoDB', (serverUri) => {
  describeStoreContract(
    'MongoDB',
    async (onOperation) => {
      const database = await createTestDatabase(serverUri, 'contract');
      const store = await openMongoStore({ uri: database.uri, log, onOperation });
      const opened = [store];
      return {
        store,
        database: database.name,
        second: async () => {
          const second = await openMongoStore({ uri: database.uri, log });
          opened.push(second);
          return second;
        },
        cleanup: async () => {
          for (const each of opened) await each.close();
          await database.remove();
        },
      };
    },
    mongoTestLimits(),
  );
});
