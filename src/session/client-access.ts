/**
 * What clients may do with their own document through the `mongodb-atlas` service: the methods of App Services
 * clients on one document.
 *
 * A method reads what the caller may see of the document, asks the query of it in memory and writes, if it
 * has to, on exactly the revision that the query was asked of, by the use cases that every write goes by.
 * So a query about someone else's document finds nothing, and no answer depends on a hidden field.
 */
import type { Config } from '../config.ts';
import { repeatUntilDone, type Time } from '../custom-data/attempts.ts';
import {
  type ClientQuery,
  parseClientProjection,
  parseClientQuery,
} from '../custom-data/client-query.ts';
import { type Identity, parseClientUpdate, toReplacement } from '../custom-data/client-update.ts';
import type { CustomData, VisibleDocument } from '../custom-data/custom-data.ts';
import type { WriteChange } from '../custom-data/write.ts';
import { identityFields, isUnchangedIdentity } from '../custom-data/write-policy.ts';
import type { WriteResult } from '../custom-data/write-result.ts';
import { badInput, GatewayError, isGatewayError } from '../errors.ts';
import type { AccessClaims } from '../token/claims.ts';
import type { Document } from '../values/documents.ts';
import { appendPointer } from '../values/json.ts';
import type { SessionRecords } from './session-records.ts';
import type { Sessions } from './sessions.ts';

/** One call of the `mongodb-atlas` service, as App Services clients send it. */
export interface ClientOperation {
  /** Name of the method, such as `findOne`. */
  readonly name: string;
  /** Database, collection and the method's own arguments: BSON values. */
  readonly argument: Readonly<Record<string, unknown>>;
}

/** Runs client operations. */
export type ClientAccess = ReturnType<typeof createClientAccess>;

/** What client access is made of. */
export interface ClientAccessParts extends Time {
  readonly config: Pick<Config, 'customData'>;
  readonly customData: Pick<CustomData, 'readDocument'>;
  readonly records: Pick<SessionRecords, 'requireActive'>;
  readonly sessions: Pick<Sessions, 'writeCustomUserData' | 'deleteCustomUserData'>;
}

/** Arguments of a method: BSON values. */
type Arguments = Readonly<Record<string, unknown>>;

/** By name. */
type Methods = Readonly<Record<string, (call: Call, argument: Arguments) => Promise<unknown>>>;

interface Call {
  readonly parts: ClientAccessParts;
  readonly caller: AccessClaims;
  readonly identity: Identity;
}

/** What a change came to. */
interface Changed {
  /** The document that matched, as it was; `null` if none did. */
  readonly before: Document | null;
  /** What the write did; `null`: nothing was written. */
  readonly result: WriteResult | null;
}

/** How to change the document that a query finds, and what to make if there is none. */
interface Change {
  readonly query: ClientQuery;
  readonly upsert: boolean;
  readonly toChange: (current: Document) => WriteChange | null;
  readonly toInsertion: () => WriteChange;
}

const READS: Methods = {
  find: findOwn,
  findOne: async (call, argument) => (await findOwn(call, argument))[0] ?? null,
  count: async (call, argument) => (await findOwn(call, argument)).length,
};
const WRITES: Methods = {
  insertOne,
  updateOne,
  updateMany: updateOne,
  findOneAndUpdate: async (call, argument) =>
    changeAndShow(call, argument, parseUpdateChange(call, argument)),
  findOneAndReplace,
  findOneAndDelete,
  deleteOne,
  deleteMany: deleteOne,
};
/** Methods that each access allows. */
const ALLOWED: Readonly<Record<Config['customData']['clientAccess'], Methods>> = {
  off: {},
  read: READS,
  write: { ...READS, ...WRITES },
};

/** Creates the access of clients to their own documents. */
export function createClientAccess(parts: ClientAccessParts) {
  const { clientAccess, collection, database, userIdField } = parts.config.customData;
  const allowed = ALLOWED[clientAccess];
  return {
    /**
     * Runs one operation on the caller's own document. The client's query is never sent to a database.
     *
     * Fails with `NO_MATCHING_RULE` for every other collection, method and access than is switched on,
     * with `BAD_USER_INPUT`, `UNAUTHENTICATED`, and as a write of `Sessions` does.
     *
     * @returns what the service answered: documents, a count or a result object, as BSON values.
     */
    async run(caller: AccessClaims, { name, argument }: ClientOperation): Promise<unknown> {
      const isOwn = argument.database === database && argument.collection === collection;
      const method = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
      if (!isOwn || method === undefined) throw new GatewayError('NO_MATCHING_RULE', {});
      const identity = { userId: caller.userId, userIdField };
      return method({ parts, caller, identity }, argument);
    },
  };
}

async function findOwn(call: Call, argument: Arguments): Promise<Document[]> {
  const query = parseClientQuery(argument.query);
  const show = parseClientProjection(argument.project ?? argument.projection, query);
  const { document } = await readOwn(call);
  return document !== null && query.matches(document) ? [show(document)] : [];
}

async function insertOne(
  call: Call,
  { document }: Arguments,
): Promise<{ readonly insertedId: unknown }> {
  const written = await write(call, toReplacement(document, 'document'), '');
  if (written === null) throw badInput('The caller has a document already', '/document');
  return { insertedId: written.upsertedId };
}

async function updateOne(call: Call, argument: Arguments): Promise<Document> {
  const { before, result } = await changeOwn(call, parseUpdateChange(call, argument));
  if (before !== null) return { matchedCount: 1, modifiedCount: result?.modifiedCount ?? 0 };
  const upserted = result === null ? {} : { upsertedId: result.upsertedId };
  return { matchedCount: 0, modifiedCount: 0, ...upserted };
}

function parseUpdateChange({ identity }: Call, argument: Arguments): Change {
  if ((argument.arrayFilters ?? null) !== null) {
    throw badInput('"arrayFilters" is not supported in updates of clients', '/arrayFilters');
  }
  const query = parseClientQuery(argument.query ?? argument.filter);
  const update = parseClientUpdate(argument.update);
  return {
    query,
    upsert: argument.upsert === true,
    toChange: (current) => update.toChange(current, identity),
    toInsertion: () => update.toInsertion(query.equalities, identity),
  };
}

async function findOneAndReplace(call: Call, argument: Arguments): Promise<Document | null> {
  // realm-web sends its findOneAndDelete so (protocol section 4.8): to replace the document with nothing
  // would empty it.
  if (argument.update === undefined) return findOneAndDelete(call, argument);
  const query = parseClientQuery(argument.filter ?? argument.query);
  const replacement = toReplacement(argument.update, 'update');
  const change: Change = {
    query,
    upsert: argument.upsert === true,
    toChange: () => replacement,
    toInsertion: () => replacement,
  };
  return changeAndShow(call, argument, change);
}

async function findOneAndDelete(call: Call, argument: Arguments): Promise<Document | null> {
  const query = parseClientQuery(argument.filter ?? argument.query);
  const show = parseClientProjection(argument.projection ?? argument.project, query);
  const { before } = await deleteOwn(call, query);
  return before === null ? null : show(before);
}

async function deleteOne(
  call: Call,
  { query }: Arguments,
): Promise<{ readonly deletedCount: number }> {
  const { result } = await deleteOwn(call, parseClientQuery(query));
  return { deletedCount: result?.deletedCount ?? 0 };
}

async function changeAndShow(
  call: Call,
  argument: Arguments,
  change: Change,
): Promise<Document | null> {
  const show = parseClientProjection(argument.projection ?? argument.project, change.query);
  const { before, result } = await changeOwn(call, change);
  const wantsNew = argument.returnNewDocument === true && (before !== null || result !== null);
  const document = wantsNew ? (await readOwn(call)).document : before;
  return document === null ? null : show(document);
}

function changeOwn(call: Call, change: Change): Promise<Changed> {
  const { query, toChange } = change;
  return repeatUntilDone(call.parts, async () => {
    const { document, revision } = await readOwn(call);
    if (document === null || !query.matches(document)) return upsert(call, change, document);
    const wanted = toChange(document);
    if (wanted === null) return { before: document, result: null };
    const result = await write(call, wanted, revision);
    return result === null ? null : { before: document, result };
  });
}

/** What there is to do if the query does not match the document there is; `null`: another attempt. */
async function upsert(
  call: Call,
  change: Change,
  document: Document | null,
): Promise<Changed | null> {
  if (!change.upsert) return { before: null, result: null };
  assertOwnIdentity(call, change.query, document);
  if (document !== null) {
    throw badInput('The caller has a document already, which does not match', '/query');
  }
  const result = await write(call, change.toInsertion(), '');
  return result === null ? null : { before: null, result };
}

function deleteOwn(call: Call, query: ClientQuery): Promise<Changed> {
  return repeatUntilDone(call.parts, async () => {
    const { document, revision } = await readOwn(call);
    if (document === null || !query.matches(document)) return { before: null, result: null };
    const { sessions } = call.parts;
    const result = await unlessChanged(() =>
      sessions.deleteCustomUserData(call.caller, { expectedRevision: revision }),
    );
    return result === null ? null : { before: document, result };
  });
}

async function readOwn({ parts, caller }: Call): Promise<VisibleDocument> {
  await parts.records.requireActive(caller.sessionId, caller.userId);
  return parts.customData.readDocument(caller.userId);
}

/** Writes on a revision; `null` if the document has another one by now. */
function write({ parts, caller }: Call, change: WriteChange, expectedRevision: string) {
  return unlessChanged(() =>
    parts.sessions.writeCustomUserData(caller, { ...change, expectedRevision }),
  );
}

async function unlessChanged(
  run: () => Promise<{ readonly result: WriteResult }>,
): Promise<WriteResult | null> {
  try {
    return (await run()).result;
  } catch (error) {
    if (isGatewayError(error, 'REVISION_CONFLICT')) return null;
    throw error;
  }
}

/** An upsert would make a document that is the query's user's: nobody makes one for someone else. */
function assertOwnIdentity(
  { identity }: Call,
  { equalities }: ClientQuery,
  current: Document | null,
): void {
  const fields = identityFields(identity);
  const paths = equalities
    .filter(([path]) => fields.includes(path.split('.')[0] ?? path))
    .filter(([path, value]) => !isUnchangedIdentity(path, value, current, identity))
    .map(([path]) => path.split('.').reduce<string>(appendPointer, ''));
  if (paths.length > 0) throw new GatewayError('FIELD_NOT_WRITABLE', { paths });
}
