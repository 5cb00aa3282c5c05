/** Takes the writer's lock of the embedded store in DATA_DIR and keeps it until it is killed. */
import { open } from 'lmdb';

const [, , path = ''] = process.argv;
const root = open({ path, noSubdir: false, overlappingSync: false });
root.transactionSync(() => {
  process.stdout.write('ready\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
