/**
 * What a function that does not run as system may write to the users' documents: anything but another
 * user's id. App Services let collection rules forbid that; here are none, and a document under the id of a
 * user who has none yet would become that user's custom data.
 */
import { ObjectId } from '../../bson.ts';
import { GatewayError } from '../../errors.ts';
import type { OperationLimits } from '../../store/operation-limits.ts';
import type { DataOperation, DataService } from '../../store/port.ts';
import { type Document, isPlainObject } from '../../values/documents.ts';
import { appendPointer } from '../../values/json.ts';
import {
  type Given,
  givenByDocument,
  givenByFilter,
  givenByUpdate,
  type IdentityField,
} from './given-ids.ts';

/** Where the users' documents are. */
export interface UserDocuments {
  readonly database: string;
  readonly collection: string;
  readonly userIdField: string;
}

/** A write to the users' documents, and what may become of it. */
interface Judged {
  readonly operation: DataOperation;
  /** Documents that the write would give another id; one of them refuses it. */
  readonly forbidden?: Document;
  /** The write may only change: what it would insert gets another id. */
  readonly mustMatch: boolean;
}

/**
 * Runs an operation for a user, unless a document of the users' would get an id that is not the user's: then
 * it fails with `FIELD_NOT_WRITABLE`, and nothing is written. A value that is there already may be sent again.
 */
export async function runForUser(
  service: DataService,
  operation: DataOperation,
  limits: OperationLimits,
  { documents, userId }: { readonly documents: UserDocuments; readonly userId: string },
): Promise<unknown> {
  const isOwn = (value: unknown) =>
    value === userId || (value instanceof ObjectId && value.toHexString() === userId);
  const judged = judge(operation, documents, { field: documents.userIdField, isOwn });
  if (judged === null) throw refusal(documents);
  if (judged.forbidden !== undefined) {
    const args = [judged.forbidden, { limit: 1 }];
    const found = await service.run({ ...operation, method: 'count', args }, limits);
    if (Number(found) > 0) throw refusal(documents);
  }
  const result = await service.run(judged.operation, limits);
  if (judged.mustMatch && !hasMatched(result)) throw refusal(documents);
  return result;
}

function refusal({ collection, userIdField }: UserDocuments): GatewayError {
  const message = `Only a function that runs as system may give a document of "${collection}" another user's id`;
  return new GatewayError(
    'FIELD_NOT_WRITABLE',
    { paths: [appendPointer('', userIdField)] },
    { message },
  );
}

/** What may become of an operation; `null`: it is refused. */
function judge(
  operation: DataOperation,
  documents: UserDocuments,
  identity: IdentityField,
): Judged | null {
  const isUsers = ({ collection, database }: CollectionTarget) =>
    database === documents.database && collection === documents.collection;
  const unchanged = { operation, mustMatch: false };
  if (operation.method === 'aggregate') {
    return outputsOf(operation).some(isUsers) ? null : unchanged;
  }
  if (!isUsers(operation)) return unchanged;
  const [first, change] = operation.args;
  switch (operation.method) {
    case 'insertOne':
      return givenByDocument(first, identity).type === 'nothing' ? unchanged : null;
    case 'insertMany':
      return givesNothing(first, (each) => givenByDocument(each, identity)) ? unchanged : null;
    case 'updateOne':
    case 'updateMany':
    case 'findOneAndUpdate':
      return judgeChange(operation, givenByUpdate(change, identity), identity);
    case 'findOneAndReplace':
      return judgeChange(operation, givenByDocument(change, identity), identity);
    case 'bulkWrite':
      return givesNothing(first, (each) => givenByBulk(each, identity)) ? unchanged : null;
    default:
      return unchanged;
  }
}

/** Of an update or a replacement, of which it is known what it gives. */
function judgeChange(
  operation: DataOperation,
  given: Given,
  identity: IdentityField,
): Judged | null {
  const [filter, change, options] = operation.args;
  const upsert = isPlainObject(options) && options.upsert === true;
  const isInserted = upsert && (given.type !== 'nothing' || givenByFilter(filter, identity));
  const args = [filter, change, isInserted ? { ...options, upsert: false } : options];
  if (given.type === 'nothing') return { operation: { ...operation, args }, mustMatch: isInserted };
  if (given.type === 'unknown' || !isPlainObject(filter)) return null;
  const { field } = identity;
  args[0] = within(filter, field, { $eq: given.value });
  return {
    operation: { ...operation, args },
    forbidden: within(filter, field, { $ne: given.value }),
    mustMatch: isInserted,
  };
}

/** Of one operation of a bulk write. One that would only be fine on some documents is refused. */
function givenByBulk(bulk: unknown, identity: IdentityField): Given {
  const [members] = isPlainObject(bulk) ? Object.values(bulk) : [];
  if (!isPlainObject(members)) return { type: 'nothing' };
  const { document, filter, replacement, update, upsert } = members;
  if (upsert === true && givenByFilter(filter, identity)) return { type: 'unknown' };
  if (update !== undefined) return givenByUpdate(update, identity);
  return givenByDocument(replacement ?? document, identity);
}

function givesNothing(items: unknown, given: (item: unknown) => Given): boolean {
  return !Array.isArray(items) || items.every((item) => given(item).type === 'nothing');
}

/** A filter with one more condition. Not nested where it need not be: positions in arrays go by the filter. */
function within(filter: Document, field: string, condition: Document): Document {
  if (!Object.hasOwn(filter, field)) return { ...filter, [field]: condition };
  return { $and: [filter, { [field]: condition }] };
}

/** Whether an update or a method that returns the document found one. */
function hasMatched(result: unknown): boolean {
  if (!isPlainObject(result)) return false;
  return 'matchedCount' in result ? Number(result.matchedCount) > 0 : true;
}

/** A collection with its database. */
export interface CollectionTarget {
  readonly database: string;
  readonly collection: string;
}

/** Where an aggregation writes: `$out` and `$merge` name a collection, or a database as well. */
export function outputsOf({ args, database }: DataOperation): CollectionTarget[] {
  const stages: readonly unknown[] = Array.isArray(args[0]) ? args[0] : [];
  return stages.flatMap((stage) => {
    if (!isPlainObject(stage)) return [];
    const { $merge, $out } = stage;
    const target = $out ?? (isPlainObject($merge) ? ($merge.into ?? $merge) : $merge);
    if (typeof target === 'string') return [{ database, collection: target }];
    if (!isPlainObject(target)) return [];
    return [{ database: String(target.db ?? database), collection: String(target.coll) }];
  });
}
