// Fills an embedded store with users, through the gateway's own modules, many to a commit.
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { open } from 'lmdb';
import { ACCOUNTS_COLLECTION, createAccounts } from '../../build/account/accounts.js';
import { API_KEYS_COLLECTION, createApiKeys } from '../../build/account/api-keys.js';
import { parseConfig } from '../../build/config.js';
import { createIdentity } from '../../build/custom-data/find-document.js';
import { createLog } from '../../build/log.js';
import { customDataCollections, openStore } from '../../build/open-store.js';
import { hashToken } from '../../build/session/refresh-rotation.js';
import {
  createSessionId,
  createSessionRecords,
  SESSIONS_COLLECTION,
} from '../../build/session/session-records.js';
import { openAccess } from '../../build/store/embedded/collection-access.js';
import { encodeNew, insert } from '../../build/store/embedded/document-writes.js';
import { openEnvironment } from '../../build/store/embedded/environment.js';
import { collectionKey } from '../../build/store/embedded/index-catalogue.js';
import { createIssuer, createIssuerKey } from './custom-jwt.mjs';
import { say } from './report.mjs';

/** Users of one commit: so few that none of their writes waits for long. */
const BATCH = 1000;
const SAMPLE = 1000;
/** Of the file, for each user beside the document: measured, and rounded up. */
const BYTES_A_USER = 6000;
const SPARE_BYTES = 2 ** 30;
const MILLISECONDS_PER_SECOND = 1000;
const DAY = 86_400_000;
const SESSION_DAYS = 60;
const DATABASES = 256;

/**
 * @typedef {object} SeededUser
 * @property {string} name at the issuer of custom JWTs
 * @property {string} apiKey
 */

/**
 * @typedef {object} Seeded
 * @property {string} folder
 * @property {number} count
 * @property {string} issuerKey
 * @property {readonly SeededUser[]} sample users of the store, evenly spread
 */

/**
 * Makes a store of so many users, each with an identity of an issuer, an API key, a session and a
 * document. A store that is there is taken as it is.
 *
 * @param {string} folder of the store, made if it is not there
 * @param {object} wanted
 * @param {number} wanted.count of users
 * @param {number} wanted.documentBytes about the size of a document as JSON
 * @param {number} wanted.minutes how long it may take
 * @returns {Promise<Seeded>}
 */
export async function seedStore(folder, { count, documentBytes, minutes }) {
  const facts = join(folder, 'seeded.json');
  if (existsSync(facts)) return JSON.parse(await readFile(facts, 'utf8'));
  await assertSpace(dirname(folder), count * (BYTES_A_USER + 2 * documentBytes));
  await mkdir(folder, { recursive: true });
  const issuerKey = createIssuerKey();
  const issuer = createIssuer(issuerKey);
  const { close, createUser, flush } = await openWriters(
    join(folder, 'data'),
    issuer,
    documentBytes,
  );
  const step = count / Math.min(SAMPLE, count);
  /** @type {SeededUser[]} */
  const sample = [];
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / MILLISECONDS_PER_SECOND;
  try {
    for (let from = 0; from < count; from += BATCH) {
      const until = Math.min(from + BATCH, count);
      for (let number = from; number < until; number += 1) {
        const user = await createUser(`user-${number}`);
        if (number >= sample.length * step) sample.push(user);
      }
      await flush();
      sayProgress(until, count, elapsed());
      if (elapsed() > minutes * 60) throw new Error(`Not seeded within ${minutes} minutes`);
    }
  } finally {
    await close();
  }
  const seeded = { folder, count, issuerKey, sample };
  await writeFile(`${facts}.new`, JSON.stringify(seeded), { mode: 0o600 });
  await rename(`${facts}.new`, facts);
  return seeded;
}

/**
 * @param {number} done
 * @param {number} count
 * @param {number} seconds
 */
function sayProgress(done, count, seconds) {
  if (done % (BATCH * 10) !== 0 && done !== count) return;
  const rate = done / seconds;
  const left = ((count - done) / rate).toFixed(0);
  say(`${done} of ${count} users seeded, ${rate.toFixed(0)} a second, ${left} s left`);
}

/**
 * @param {string} folder
 * @param {number} bytes
 */
async function assertSpace(folder, bytes) {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize > bytes + SPARE_BYTES) return;
  throw new Error(`"${folder}" needs ${Math.ceil(bytes / 2 ** 20)} MiB and 1 GiB to spare`);
}

/**
 * @param {string} dataDir
 * @param {import('./custom-jwt.mjs').Issuer} issuer
 * @param {number} documentBytes
 */
async function openWriters(dataDir, issuer, documentBytes) {
  const { config } = /** @type {{ config: import('../../build/config.js').Config }} */ (
    parseConfig({ DATA_DIR: dataDir })
  );
  const now = Date.now;
  const store = await openStore(config, { log: createLog('silent'), now });
  const environment = await openEnvironment(dataDir);
  const [documentsDefinition] = customDataCollections(config);
  const open = (
    /** @type {import('../../build/store/port.js').CollectionDefinition} */ definition,
  ) => openInserts(store, environment, definition);
  const [documents, ofAccounts, ofKeys, ofSessions] = await Promise.all(
    [documentsDefinition, ACCOUNTS_COLLECTION, API_KEYS_COLLECTION, SESSIONS_COLLECTION].map(open),
  );
  const accounts = createAccounts({ collection: ofAccounts, now });
  const apiKeys = createApiKeys(ofKeys, now);
  const sessions = createSessionRecords(ofSessions, now);
  const { userIdField } = config.customData;
  return {
    /** Writes the users that were made since. */
    async flush() {
      for (const each of [ofAccounts, ofKeys, ofSessions, documents]) await each.flush();
    },
    async close() {
      await environment.close();
      await store.close();
    },
    /** @param {string} name */
    async createUser(name) {
      const { _id: userId } = await accounts.findOrCreate(issuer.identityOf(name));
      const { key: apiKey } = await apiKeys.create(userId, 'bench');
      await sessions.insert(createSession(userId, now() - Math.random() * SESSION_DAYS * DAY));
      documents.insertOne({ ...createIdentity(userId, userIdField), ...documentOf(documentBytes) });
      return { name, apiKey };
    },
  };
}

/**
 * @param {string} userId
 * @param {number} time at which it begins
 */
function createSession(userId, time) {
  return {
    _id: createSessionId(time),
    userId,
    createdAt: new Date(time),
    expiresAt: new Date(time + (SESSION_DAYS + 1) * DAY),
    refreshMode: /** @type {const} */ ('rotating'),
    refreshTokenHash: hashToken(randomBytes(32).toString('base64url')),
    traded: [],
  };
}

/**
 * A collection that is empty to who asks it, and into which everything is inserted in one transaction.
 *
 * @param {import('../../build/store/port.js').Store} store
 * @param {import('../../build/store/embedded/environment.js').Environment} environment
 * @param {import('../../build/store/port.js').CollectionDefinition} definition
 */
async function openInserts(store, environment, definition) {
  // Makes its indexes.
  await store.collection(definition);
  const access = await openAccess(environment, collectionKey(definition));
  /** @type {Uint8Array[]} */
  let waiting = [];
  return {
    find: () => [],
    findOne: () => null,
    insertOne: (/** @type {object} */ document) => void waiting.push(encodeNew(document)),
    async flush() {
      const all = waiting;
      waiting = [];
      await access.write((collection) => {
        for (const bytes of all) insert(collection, bytes);
      });
    },
  };
}

/**
 * A document of about so many bytes as JSON, of a few fields.
 *
 * @param {number} bytes
 */
export function documentOf(bytes) {
  const fields = Math.ceil(bytes / FIELD_BYTES);
  const text = 'x'.repeat(Math.max(1, Math.round(bytes / fields) - FIELD_OVERHEAD));
  return Object.fromEntries(Array.from({ length: fields }, (_, index) => [`f${index}`, text]));
}

const FIELD_BYTES = 100;
const FIELD_OVERHEAD = 8;

/**
 * How large the file of a store is, and how deep its trees are.
 *
 * @param {string} folder of the store
 */
export async function inspectStore(folder) {
  const path = join(folder, 'data');
  const root = open({ path, readOnly: true, maxDbs: DATABASES, keyEncoding: 'binary' });
  const names = [...root.getKeys()].map((key) => String(key).replace(/\0$/, ''));
  const trees = names.map((name) => {
    const stats = root.openDB(name, { keyEncoding: 'binary', encoding: 'binary' }).getStats();
    const { entryCount, treeBranchPageCount, treeDepth, treeLeafPageCount } =
      /** @type {Record<string, number>} */ (stats);
    return {
      name,
      entries: entryCount,
      depth: treeDepth,
      pages: treeBranchPageCount + treeLeafPageCount,
    };
  });
  await root.close();
  return { bytes: statSync(join(path, 'data.mdb')).size, trees };
}
