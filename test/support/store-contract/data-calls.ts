/** Calls of the data service as the operator's functions make them. */

import { encodeDocument } from '../../../src/store/document-bytes.ts';
import type { DataMethod } from '../../../src/store/port.ts';
import { decodePlain } from '../../../src/store/stored-document.ts';
import type { Document } from '../../../src/values/documents.ts';
import type { Contract } from './contract.ts';

/** Calls methods of one collection. */
export interface DataCalls {
  /** With results as plain values, which are easier to compare. */
  readonly call: (method: DataMethod, ...args: unknown[]) => Promise<unknown>;
  /** With results as they are. */
  readonly callTyped: (method: DataMethod, ...args: unknown[]) => Promise<unknown>;
  /** Everything in the collection in the order of `_id`. */
  readonly all: () => Promise<unknown>;
}

/** Calls methods of a collection in the functions' database. */
export function createDataCalls(contract: Contract, collection = 'data'): DataCalls {
  const callTyped: DataCalls['callTyped'] = async (method, ...args) => {
    const service = await contract.store().dataService();
    return service.run({ database: contract.database(), collection, method, args });
  };
  const call: DataCalls['call'] = async (...args) => toPlain(await callTyped(...args));
  return { call, callTyped, all: () => call('find', {}, {}, { sort: { _id: 1 } }) };
}

/** The plain form of a BSON value. */
export function toPlain(value: unknown): unknown {
  return (decodePlain(encodeDocument({ value })) as Document).value;
}
