// A bare handler over LMDB, which is opened as the gateway opens it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'bson';
import { open } from 'lmdb';
import { serve } from './bare.mjs';
import { facts } from './shared.mjs';

const directory = mkdtempSync(join(tmpdir(), 'custom-user-data-bench-'));
const root = open({
  path: directory,
  noSubdir: false,
  maxDbs: 4,
  overlappingSync: false,
  eventTurnBatching: false,
});
const sessions = root.openDB({ name: 'sessions', encoding: 'binary' });
const documents = root.openDB({ name: 'documents', encoding: 'binary' });
for (const { document, sid, sub } of facts.users) {
  await sessions.put(sid, Buffer.from(serialize({ _id: sid, userId: sub })));
  await documents.put(sub, Buffer.from(serialize({ userId: sub, ...document })));
}

/** @param {string} sub */
const find = (sub) => deserialize(/** @type {Buffer} */ (documents.get(sub)));

/** @param {string} sid */
function assertSession(sid) {
  if (sessions.get(sid) === undefined) throw new Error('There is no session');
}

serve({
  async read(sid, sub) {
    assertSession(sid);
    return find(sub);
  },
  async write(sid, sub, change) {
    assertSession(sid);
    let document = find(sub);
    await documents.transaction(() => {
      document = { ...find(sub), ...change };
      void documents.put(sub, Buffer.from(serialize(document)));
    });
    return document;
  },
});
process.once('SIGTERM', () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
