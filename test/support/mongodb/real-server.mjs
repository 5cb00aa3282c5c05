/**
 * A real mongod as a replica set of one, downloaded on first use. Prints its URI as the first line
 * and ends when standard input does.
 */
import { MongoMemoryReplSet } from 'mongodb-memory-server-core';

const [, , downloadDir = '.'] = process.argv;

try {
  const server = await MongoMemoryReplSet.create({
    binary: { downloadDir },
    replSet: { count: 1, ip: '127.0.0.1', storageEngine: 'wiredTiger' },
  });
  const [member] = server.servers;
  process.stdout.write(
    `mongodb://127.0.0.1:${member?.instanceInfo?.port}/?directConnection=true\n`,
  );
  process.stdin.resume();
  process.stdin.once('end', async () => {
    await server.stop();
    process.exit(0);
  });
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : 'failed');
  process.exit(1);
}
