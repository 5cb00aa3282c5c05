/** Reads the arguments that the operator's code gives to the methods of a collection. */

import { type Document, isPlainObject } from '../../values/documents.ts';
import { isNumeric, toDouble } from '../../values/numbers.ts';
import type { Sort } from '../../values/order.ts';
import { DataOperationError, type FindOptions, type ModifyOptions } from '../port.ts';
import type { BulkOperation, UpdateSpec } from './operator-collection.ts';

/** A document, or `{}` where it may be left out. */
export function readOptionalDocument(value: unknown, name: string): Document {
  return value === undefined || value === null ? {} : readDocument(value, name);
}

/** A document. */
export function readDocument(value: unknown, name: string): Document {
  if (isPlainObject(value)) return value;
  throw new DataOperationError(`"${name}" must be a document`);
}

/** A list of documents. */
export function readDocuments(value: unknown, name: string): readonly Document[] {
  if (Array.isArray(value) && value.every(isPlainObject)) return value;
  throw new DataOperationError(`"${name}" must be an array of documents`);
}

/** A document to store in place of another: no update operators. */
export function readReplacement(value: unknown): Document {
  const replacement = readDocument(value, 'replacement');
  if (Object.keys(replacement).some((name) => name.startsWith('$'))) {
    throw new DataOperationError('"replacement" must not have update operators');
  }
  return replacement;
}

/** Update operators, or the stages of a pipeline. */
export function readUpdate(value: unknown): UpdateSpec {
  if (Array.isArray(value)) return readDocuments(value, 'update');
  const update = readDocument(value, 'update');
  const names = Object.keys(update);
  if (names.length > 0 && names.every((name) => name.startsWith('$'))) return update as UpdateSpec;
  throw new DataOperationError('"update" must consist of update operators such as "$set"');
}

/** The name of a field. */
export function readField(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new DataOperationError('The field must be a name');
}

/** `sort`, `skip`, `limit` and, if it is not an argument of its own, `projection`. */
export function readFindOptions(value: unknown, projection?: unknown): Required<FindOptions> {
  const options = readOptionalDocument(value, 'options');
  return {
    projection: readProjection(projection) ?? readProjection(options.projection),
    sort: readSort(options.sort),
    skip: readCount(options.skip, 'skip'),
    limit: readCount(options.limit, 'limit'),
  };
}

/** `upsert` and `arrayFilters`. */
export function readUpdateOptions(value: unknown) {
  const { upsert, arrayFilters } = readOptionalDocument(value, 'options');
  return {
    upsert: upsert === true,
    arrayFilters:
      arrayFilters === undefined || arrayFilters === null
        ? undefined
        : readDocuments(arrayFilters, 'arrayFilters'),
  };
}

/** The options of the methods that change a document and return it. */
export function readModifyOptions(value: unknown): ModifyOptions {
  const options = readOptionalDocument(value, 'options');
  return {
    ...readUpdateOptions(options),
    projection: readProjection(options.projection),
    sort: readSort(options.sort),
    returnDocument: options.returnNewDocument === true ? 'after' : 'before',
  };
}

/** `ordered`, which is the default. */
export function readBulkOptions(value: unknown): { readonly ordered: boolean } {
  return { ordered: readOptionalDocument(value, 'options').ordered !== false };
}

/** The operations of a bulk write, each a document with one member. */
export function readBulkOperations(value: unknown): BulkOperation[] {
  return readDocuments(value, 'operations').map((operation) => {
    const [entry, ...others] = Object.entries(operation);
    if (entry === undefined || others.length > 0) {
      throw new DataOperationError('An operation of a bulk write must have exactly one member');
    }
    return readBulkOperation(entry[0], readDocument(entry[1], entry[0]));
  });
}

function readBulkOperation(type: string, members: Document): BulkOperation {
  const filter = () => readDocument(members.filter, 'filter');
  switch (type) {
    case 'insertOne':
      return { type, document: readDocument(members.document, 'document') };
    case 'updateOne':
    case 'updateMany':
      return {
        type,
        filter: filter(),
        update: readUpdate(members.update),
        ...readUpdateOptions(members),
      };
    case 'replaceOne':
      return {
        type,
        filter: filter(),
        replacement: readReplacement(members.replacement),
        upsert: members.upsert === true,
      };
    case 'deleteOne':
    case 'deleteMany':
      return { type, filter: filter() };
    default:
      throw new DataOperationError(`The operation "${type}" of a bulk write is not supported`);
  }
}

function readProjection(value: unknown): Document | undefined {
  const projection = readOptionalDocument(value, 'projection');
  return Object.keys(projection).length === 0 ? undefined : projection;
}

function readSort(value: unknown): Sort | undefined {
  const entries = Object.entries(readOptionalDocument(value, 'sort'));
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([path, direction]) => {
      const number = isNumeric(direction) && toDouble(direction);
      if (number !== 1 && number !== -1) {
        throw new DataOperationError(`"sort" must be 1 or -1 for "${path}"`);
      }
      return [path, number];
    }),
  );
}

function readCount(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0;
  const number = isNumeric(value) ? toDouble(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new DataOperationError(`"${name}" must be a whole number of at least 0`);
}
