/** The store that the version before the format version left: see `test/fixtures/earlier-store`. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import type { TestEnv } from './gateway.ts';
import { canTestServerHold } from './mongodb/test-uri.ts';

const FIXTURE = new URL('../fixtures/earlier-store/', import.meta.url);

/** What a logged-in user held. */
export interface Holder {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string };
}

interface EmailCredentials {
  readonly email: string;
  readonly password: string;
}

/** Everything that somebody held when the store was left. */
export interface EarlierHolders {
  /** The clock of that moment, epoch milliseconds. */
  readonly now: number;
  readonly settings: TestEnv;
  readonly issuers: unknown;
  readonly pending: EmailCredentials & { readonly token: string; readonly tokenId: string };
  readonly reset: { readonly token: string; readonly tokenId: string };
  readonly emailPassword: Holder & { readonly credentials: EmailCredentials };
  readonly apiKey: { readonly id: string; readonly key: string; readonly userId: string };
  readonly linked: Holder & { readonly email: EmailCredentials; readonly customJwt: string };
  readonly external: Holder & { readonly customJwt: string };
  readonly anonymous: Holder;
  readonly disabled: Holder & { readonly credentials: EmailCredentials };
  readonly halfDeleted: Holder;
  readonly fixed: { readonly refresh_token: string; readonly user_id: string };
  readonly reused: { readonly tradedLongAgo: string; readonly latest: string };
  readonly rotating: {
    readonly userId: string;
    readonly tradedAMomentAgo: string;
    readonly latest: string;
    readonly accessToken: string;
  };
}

/** A document of then; `document` is canonical Extended JSON. */
export interface EarlierDocument {
  /** Absent: the gateway's own state. */
  readonly database?: string;
  readonly name: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** What users held. */
export const HOLDERS: EarlierHolders = JSON.parse(read('holders.json'));

/** Every document there was. */
const EARLIER_DOCUMENTS: readonly EarlierDocument[] = read('documents.ndjson')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

function read(name: string): string {
  return readFileSync(new URL(name, FIXTURE), 'utf8');
}

/** Copies the store to `dataDir`, which is made if need be. */
export function copyEarlierStore(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  copyFileSync(new URL('data.mdb', FIXTURE), join(dataDir, 'data.mdb'));
}

/**
 * Puts everything that was stored into the store that `env` names.
 *
 * @returns what the store holds: a test server may not be able to hold some values.
 */
export async function restoreEarlierStore(env: TestEnv): Promise<readonly EarlierDocument[]> {
  if (env.MONGODB_URI === undefined) {
    copyEarlierStore(env.DATA_DIR ?? '');
    return EARLIER_DOCUMENTS;
  }
  const client = await MongoClient.connect(env.MONGODB_URI);
  const held = EARLIER_DOCUMENTS.map((entry) =>
    entry.database === undefined ? entry : { ...entry, document: withHoldable(entry.document) },
  );
  for (const { database, name, document } of held) {
    const { CUSTOM_DATA_DATABASE } = env;
    const target = client.db(database === undefined ? undefined : CUSTOM_DATA_DATABASE);
    await target.collection(name).insertOne(EJSON.deserialize(document, { relaxed: false }));
  }
  await client.close();
  return held;
}

function withHoldable(document: EarlierDocument['document']): EarlierDocument['document'] {
  const { types } = document;
  if (typeof types !== 'object' || types === null) return document;
  const held = Object.entries(types).filter(([, value]) => canTestServerHold(value));
  return { ...document, types: Object.fromEntries(held) };
}

/** Environment of a gateway as it ran then, on the store of `env`. */
export function earlierSettings(env: TestEnv): TestEnv {
  const issuersFile = join(tmpdir(), `earlier-issuers-${process.pid}.json`);
  writeFileSync(issuersFile, JSON.stringify(HOLDERS.issuers));
  const mail = { SMTP_URL: 'smtp://127.0.0.1:1', EMAIL_FROM: 'no-reply@example.com' };
  return { ...HOLDERS.settings, ...mail, CUSTOM_JWT_ISSUERS_FILE: issuersFile, ...env };
}
