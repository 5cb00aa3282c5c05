/**
 * Reads everything in an embedded store and writes a document:
 * node embedded-reader.mjs DATA_DIR [milliseconds to stay [file descriptors that are left]].
 *
 * Prints a line of JSON for each step: what was read, or the code or message of the error.
 */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EJSON } from 'bson';
import { openEmbeddedStore } from '../../build/store/embedded/embedded-store.js';

const DOCUMENTS = { database: 'custom-user-data-database', name: 'custom-user-data' };
const DEFINITIONS = [
  { name: 'accounts', unique: ['identityKeys'] },
  { name: 'api-keys', indexes: ['userId'] },
  { name: 'custom-data-history', indexes: ['userId'] },
  { name: 'keys' },
  { name: 'registrations', unique: ['email'] },
  { name: 'sessions', indexes: ['userId'] },
  { ...DOCUMENTS, unique: ['userId'] },
];
const [, , dataDir = '', stay = '0', descriptors] = process.argv;

/**
 * Opens files until only so many more can be.
 *
 * @param {number} count
 */
function leaveDescriptors(count) {
  const open = [];
  try {
    for (;;) open.push(openSync('/dev/null', 'r'));
  } catch {
    for (const descriptor of open.splice(0, count)) closeSync(descriptor);
  }
}

/**
 * @param {string} name
 * @param {() => Promise<unknown>} run
 */
async function step(name, run) {
  try {
    const result = await run();
    process.stdout.write(`${JSON.stringify({ name, result })}\n`);
  } catch (error) {
    const { code, message } = /** @type {{ code?: string, message: string }} */ (error);
    process.stdout.write(`${JSON.stringify({ name, error: code ?? message })}\n`);
    if (name === 'open') process.exit(1);
  }
}

if (descriptors !== undefined) leaveDescriptors(Number(descriptors));

/** @type {Awaited<ReturnType<typeof openEmbeddedStore>> | undefined} */
let opened;
await step('open', async () => {
  opened = await openEmbeddedStore({ dataDir, now: () => 0 });
});
const store = opened;
if (store === undefined) throw new Error('The store is not open');
for (const definition of DEFINITIONS) {
  const { name } = definition;
  await step(name, async () => {
    const collection = await store.collection(definition);
    const found = await collection.find({});
    return EJSON.serialize(found.map(({ _id }) => _id).sort());
  });
  const [field] = [...(definition.unique ?? []), ...(definition.indexes ?? [])];
  if (field === undefined) continue;
  await step(`${name} by index`, async () => {
    const collection = await store.collection(definition);
    /** @type {unknown[]} */
    const seen = [];
    for (const document of await collection.find({})) {
      const [value] = [document[field]].flat();
      seen.push((await collection.findOne({ [field]: value })) !== null);
    }
    return seen.every(Boolean);
  });
}
await step('write', async () => {
  const collection = await store.collection({ name: 'sessions' });
  await collection.insertOne({ _id: 'new', padding: 'x'.repeat(20_000) });
});
await delay(Number(stay));
await store.close();
