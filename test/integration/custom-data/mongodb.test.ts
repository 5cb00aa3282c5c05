import { createLog } from '../../../src/log.ts';
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts';
import { describeCustomData } from '../../support/custom-data-suite.ts';
import { createTestDatabase } from '../../support/mongodb/test-database.ts';
import { describeOnMongo } from '../../support/mongodb/test-uri.ts';

/**
 * What mongo-java-server cannot store (it hangs up or changes the subtype) or compare in `$expr`
 * (patterns, code, empty arrays). Real servers can; the embedded store is tested with all of it.
 */
const NOT_ON_JAVA_SERVER = /"\$symbol"|"\$code"|"\$regularExpression"|"subType":"(?!00|03|04)|\[\]/;

describeOnMongo('MongoDB', (uri) => {
  const isJavaServer = process.env.MONGODB_TEST_KIND === 'java';
  describeCustomData('custom data on MongoDB', async () => {
    const database = await createTestDatabase(uri, 'custom-data');
    return {
      database: database.name,
      open: () => openMongoStore({ uri: database.uri, log: createLog('silent') }),
      cleanup: database.remove,
      canHold: (json) => !isJavaServer || !NOT_ON_JAVA_SERVER.test(JSON.stringify(json)),
    };
  });
});
