// A bare handler over MongoDB: what has to be read is read at once, a write is one command more.
import { MongoClient } from 'mongodb';
import { serve } from './bare.mjs';
import { facts } from './shared.mjs';

const client = new MongoClient(facts.mongodb, { maxPoolSize: 50 });
const database = client.db('bench_bare');
await database.dropDatabase();
/** @type {import('mongodb').Collection<{ _id: string }>} */
const sessions = database.collection('sessions');
/** @type {import('mongodb').Collection<{ _id: string }>} */
const documents = database.collection('documents');
for (const { document, sid, sub } of facts.users) {
  await sessions.insertOne({ _id: sid });
  await documents.insertOne({ _id: sub, ...document });
}

/**
 * @param {string} sid
 * @param {string} sub
 */
async function read(sid, sub) {
  const [session, document] = await Promise.all([
    sessions.findOne({ _id: sid }),
    documents.findOne({ _id: sub }),
  ]);
  if (session === null || document === null) throw new Error('There is no session or document');
  return document;
}

serve({
  read,
  async write(sid, sub, change) {
    const document = await read(sid, sub);
    await documents.updateOne({ _id: sub }, { $set: change });
    return { ...document, ...change };
  },
});
