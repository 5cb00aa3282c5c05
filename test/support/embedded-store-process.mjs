/**
 * A process that works on an embedded store: node embedded-store-process.mjs DATA_DIR TASK NAME.
 *
 * It prints one line for every acknowledged write and runs the built program, as users do.
 */
import { once } from 'node:events';
import { openEmbeddedStore } from '../../build/store/embedded/embedded-store.js';

const PARALLEL = 8;
const [, , dataDir = '', task = '', name = ''] = process.argv;
const store = await openEmbeddedStore({ dataDir, now: Date.now });

/** @type {Record<string, () => Promise<void>>} */
const tasks = {
  /** Inserts until it is killed. */
  loop: async () => {
    const documents = await store.collection({ name: 'shared', unique: ['key'] });
    /** @param {number} worker */
    const insert = async (worker) => {
      for (let n = 0; ; n += 1) {
        const id = `${name}-${worker}-${n}`;
        await documents.insertOne({ _id: id, key: `key-${id}`, padding: 'x'.repeat(n % 3000) });
        process.stdout.write(`${id}\n`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, (_, worker) => insert(worker)));
  },
  /** Adds 1 to a counter and inserts a document, two hundred times. */
  count: async () => {
    const documents = await store.collection({ name: 'shared', unique: ['key'] });
    for (let n = 0; n < 200; n += 1) {
      await documents.updateOne({ _id: 'counter' }, { $inc: { n: 1 } }, { upsert: true });
      await documents.insertOne({ _id: `${name}-${n}`, key: `key-${name}-${n}` });
    }
  },
  /** Opens the collection with an index that the parent does not know. */
  index: async () => {
    await store.collection({ name: 'shared', unique: ['code'] });
  },
  /** Tries to insert a document with a code that is taken. */
  insertCode: async () => {
    const documents = await store.collection({ name: 'shared', unique: ['code'] });
    const found = await documents.findOne({ code: name });
    process.stdout.write(`found ${found?._id}\n`);
    await documents.insertOne({ code: name }).catch((error) => {
      process.stdout.write(`${error.name}\n`);
    });
  },
  /** Grows to 100 MB, waits for a word, and then writes on a disk that others have filled. */
  crowded: async () => {
    const documents = await store.collection({ name: 'shared', unique: ['key'] });
    const insert = (/** @type {number} */ key, size = 1_000_000) =>
      documents.insertOne({ key, padding: 'x'.repeat(size) });
    for (let key = 0; key < 110; key += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => insert(key + n)));
    }
    process.stdout.write('grown\n');
    await once(process.stdin, 'data');
    const codes = new Set();
    for (let round = 0; round < 20; round += 1) {
      const writes = [-1, -2, -3, -4].map((n) => insert(n - 4 * round, 1_200_000));
      for (const outcome of await Promise.allSettled(writes)) {
        if (outcome.status === 'rejected') codes.add(outcome.reason.code ?? outcome.reason.message);
      }
    }
    const found = await documents.find({ key: { $lt: 50 } });
    process.stdout.write(`${[...codes].join()} ${found.length}\n`);
    process.stdin.destroy();
  },
  /** Sends more at once than there is room for, three times; prints what came of it. */
  flood: async () => {
    const documents = await store.collection({ name: 'shared', unique: ['key'] });
    const codes = new Set();
    /** @type {string[]} */
    const taken = [];
    for (let round = 0; round < 3; round += 1) {
      const inserts = Array.from({ length: 300 }, async (_, n) => {
        const key = `${round}-${n}`;
        await documents.insertOne({ key, padding: 'x'.repeat(400_000) });
        taken.push(key);
      });
      for (const outcome of await Promise.allSettled(inserts)) {
        if (outcome.status === 'rejected') codes.add(outcome.reason.code ?? outcome.reason.message);
      }
    }
    const found = await Promise.all(taken.map((key) => documents.findOne({ key })));
    const areThere = taken.length > 0 && found.every((document) => document !== null);
    process.stdout.write(`${[...codes].join()} ${areThere}\n`);
  },
  /** Writes until the directory is full, then reads and writes again. */
  fill: async () => {
    const documents = await store.collection({ name: 'shared', unique: ['key'] });
    const insert = () => documents.insertOne({ padding: 'x'.repeat(100_000), key: Math.random() });
    const code = async () => {
      for (;;) {
        try {
          await Promise.all([insert(), insert(), insert()]);
        } catch (error) {
          return error instanceof Error && 'code' in error ? error.code : String(error);
        }
      }
    };
    process.stdout.write(`${await code()}\n`);
    const found = await documents.find({});
    const byKey = await Promise.all(found.map(({ key }) => documents.findOne({ key })));
    process.stdout.write(`${found.length > 0 && byKey.every((document) => document !== null)}\n`);
    process.stdout.write(`${await code()}\n`);
  },
};

process.stdout.write('ready\n');
await tasks[task]?.();
await store.close();
