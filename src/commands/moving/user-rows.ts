/** A row of a file of users, as `import` takes it and `export` writes it, made into a user. */
import { z } from 'zod';
import { createIdentity, IDENTITY_PROVIDERS, type Identity } from '../../account/account.ts';
import { MAX_IDENTITIES } from '../../account/account-identities.ts';
import { MAX_API_KEYS } from '../../account/api-keys.ts';
import { parseForeignHash } from '../../account/foreign-hashes.ts';
import { type ImportedUser, idOf } from '../../account/user-import.ts';
import { readExtendedJson } from '../../custom-data/extended-json-parse.ts';
import { MAX_ADDRESS_BYTES } from '../../email-address.ts';
import type { Document } from '../../values/documents.ts';
import type { JsonValue } from '../../values/json.ts';

/** A user as a row says it. */
export interface UserRow {
  readonly user: ImportedUser;
  /** The id at the source, if the user gets another one. */
  readonly sourceId?: string;
}

/** Most characters of an id at a provider, or at the source. */
const MAX_ID_LENGTH = 1024;
/** Most bytes of what a provider says about a user: half of what an App Services user may have in all. */
const MAX_DATA_BYTES = 64 * 1024;
const OBJECT_ID = /^[0-9a-f]{24}$/i;

const externalId = z.string().min(1).max(MAX_ID_LENGTH);
/** RFC 3339, or epoch milliseconds. */
const time = z.union([
  z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  z.int().transform((milliseconds) => new Date(milliseconds)),
]);

const identityShape = z.strictObject({
  id: externalId.optional(),
  provider: z.enum(IDENTITY_PROVIDERS),
  externalId,
  data: z.record(z.string(), z.json()).optional(),
  createdAt: time.optional(),
});

const apiKeyShape = z.strictObject({
  id: z.string().regex(OBJECT_ID),
  name: z.string().min(1).max(100),
  isDisabled: z.boolean(),
  createdAt: time,
  hash: z.string().length(43),
});

const rowShape = z.strictObject({
  id: externalId,
  createdAt: time.optional(),
  isDisabled: z.boolean().default(false),
  identities: z.array(identityShape).max(MAX_IDENTITIES).default([]),
  passwordHash: z.string().optional(),
  apiKeys: z.array(apiKeyShape).max(MAX_API_KEYS).default([]),
  isConfirmed: z.boolean().default(true),
  isPasswordProven: z.boolean().default(false),
  isRegistrationOnly: z.boolean().default(false),
});

/** What `parseUserRow` takes, before it is looked at. */
export type UserRowInput = z.input<typeof rowShape>;

/**
 * Makes a user of a row. `now` is epoch milliseconds, the age of whoever has none.
 *
 * @throws Error with what is wrong with the row, in words that quote no value of it.
 */
export function parseUserRow(json: unknown, now: number): UserRow {
  const parsed = rowShape.safeParse(json);
  if (!parsed.success) throw new Error(describe(parsed.error));
  const { id: sourceId, identities: given, isPasswordProven, passwordHash, ...row } = parsed.data;
  const { id, isMapped } = toUserId(sourceId);
  const createdAt = row.createdAt ?? ageOf(id, isMapped, now);
  const identities = given.map((each) => toIdentity(id, each, createdAt));
  assertIdentities(identities);
  assertPassword(identities, passwordHash);
  if (row.isRegistrationOnly && (identities.length !== 1 || !identities.some(isEmail))) {
    throw new Error('"isRegistrationOnly" is for one identity, an e-mail address');
  }
  const user = { ...row, id, createdAt, passwordHash, isProven: isPasswordProven };
  return {
    user: {
      ...user,
      identities: identities.length > 0 ? identities : [bareIdentity(id, createdAt)],
    },
    ...(isMapped ? { sourceId } : {}),
  };
}

/** The user id of an id at the source: itself if it is one, else one that is always the same. */
export function toUserId(sourceId: string): { readonly id: string; readonly isMapped: boolean } {
  if (OBJECT_ID.test(sourceId)) return { id: sourceId.toLowerCase(), isMapped: false };
  return { id: idOf(`user ${sourceId}`), isMapped: true };
}

/** When an id was made says how old the user is (the first four bytes of an ObjectId, in seconds). */
function ageOf(id: string, isMapped: boolean, now: number): Date {
  const made = Number.parseInt(id.slice(0, 8), 16) * 1000;
  return new Date(isMapped || made > now ? now : made);
}

/** For a user with no way in that could be carried over. Nobody logs in with it; others can be linked. */
function bareIdentity(id: string, createdAt: Date): Identity {
  const own = { id, provider: 'anon-user', externalId: id, data: {} } as const;
  return createIdentity(own, createdAt.getTime());
}

function toIdentity(
  userId: string,
  { id: given, provider, externalId, data = {}, createdAt }: z.output<typeof identityShape>,
  userSince: Date,
): Identity {
  const own = `identity ${userId} ${provider} ${externalId}`;
  const id = given !== undefined && OBJECT_ID.test(given) ? given.toLowerCase() : idOf(own);
  if (Buffer.byteLength(JSON.stringify(data)) > MAX_DATA_BYTES) {
    throw new Error(`The "data" of an identity has more than ${MAX_DATA_BYTES} bytes`);
  }
  const isBare = provider === 'local-userpass' && data.email === undefined;
  const said = readExtendedJson(data as JsonValue) as Document;
  const known = isBare ? { email: externalId, ...said } : said;
  const since = (createdAt ?? userSince).getTime();
  return createIdentity({ id, provider, externalId, data: known }, since);
}

function assertIdentities(identities: readonly Identity[]): void {
  const keys = identities.map(({ provider, externalId }) => `${provider}:${externalId}`);
  if (new Set(keys).size < keys.length) throw new Error('An identity is there twice');
  const [email, second] = identities.filter(isEmail);
  if (second !== undefined) throw new Error('There is more than one e-mail address');
  if (email === undefined) return;
  if (Buffer.byteLength(email.externalId) > MAX_ADDRESS_BYTES) {
    throw new Error(`The e-mail address has more than ${MAX_ADDRESS_BYTES} bytes`);
  }
}

function assertPassword(identities: readonly Identity[], passwordHash: string | undefined): void {
  if (passwordHash === undefined) return;
  if (!identities.some(isEmail)) throw new Error('There is a password, and no e-mail address');
  parseForeignHash(passwordHash);
}

function isEmail({ provider }: Identity): boolean {
  return provider === 'local-userpass';
}

/** The first thing that is wrong, and where. */
export function describe({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'The row is malformed';
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `"${path}": ${issue.message}`;
}
