/** A store whose every operation somebody watches: for metrics and traces. */
import type { Deadline } from '../deadline.ts';
import type { Tracing } from '../tracing.ts';
import type { DocumentCollection, Filter, Store } from './port.ts';

/** An operation, by the name that it has in the port. */
export interface ObservedOperation {
  readonly operation: string;
  readonly collection: string;
}

/**
 * Runs an operation, and has it run at once: the order in which changes are asked for is that in which they are made.
 * Answers and fails as `run` does.
 */
export type ObserveOperation = <Result>(
  observed: ObservedOperation,
  run: () => Promise<Result>,
) => Promise<Result>;

/** Each operation is run by one within the other. */
export function observeBoth(outer: ObserveOperation, inner: ObserveOperation): ObserveOperation {
  return (observed, run) => outer(observed, () => inner(observed, run));
}

/** Runs each operation in a span. */
export function traceOperations({ inSpan }: Tracing, kind: Store['kind']): ObserveOperation {
  const system = kind === 'embedded' ? 'lmdb' : kind;
  return ({ collection, operation }, run) => {
    const of = { 'db.operation.name': operation, 'db.collection.name': collection };
    return inSpan(`${operation} ${collection}`, { 'db.system.name': system, ...of }, run);
  };
}

/** The same store, watched. */
export function observeStore(store: Store, observe: ObserveOperation): Store {
  return {
    ...store,
    collection: async (definition) =>
      new ObservedCollection(await store.collection(definition), definition.name, observe),
    async dataService() {
      const service = await store.dataService();
      return {
        ...service,
        run: (call, limits) =>
          observe({ operation: call.method, collection: call.collection }, () =>
            service.run(call, limits),
          ),
      };
    },
  };
}

/** A class, because a request makes several of them: their methods are made once. */
class ObservedCollection implements DocumentCollection {
  readonly #collection: DocumentCollection;
  readonly #name: string;
  readonly #observe: ObserveOperation;

  constructor(collection: DocumentCollection, name: string, observe: ObserveOperation) {
    this.#collection = collection;
    this.#name = name;
    this.#observe = observe;
  }

  get duplicateKeys(): readonly unknown[] {
    return this.#collection.duplicateKeys;
  }

  insertOne(...args: Parameters<DocumentCollection['insertOne']>) {
    return this.#run('insertOne', () => this.#collection.insertOne(...args));
  }

  findOne(...args: Parameters<DocumentCollection['findOne']>) {
    return this.#run('findOne', () => this.#collection.findOne(...args)) as never;
  }

  find(...args: Parameters<DocumentCollection['find']>) {
    return this.#run('find', () => this.#collection.find(...args)) as never;
  }

  updateOne(...args: Parameters<DocumentCollection['updateOne']>) {
    return this.#run('updateOne', () => this.#collection.updateOne(...args));
  }

  findOneAndUpdate(...args: Parameters<DocumentCollection['findOneAndUpdate']>) {
    return this.#run('findOneAndUpdate', () => this.#collection.findOneAndUpdate(...args)) as never;
  }

  deleteOne(filter: Filter) {
    return this.#run('deleteOne', () => this.#collection.deleteOne(filter));
  }

  deleteMany(filter: Filter) {
    return this.#run('deleteMany', () => this.#collection.deleteMany(filter));
  }

  findStored(...args: Parameters<DocumentCollection['findStored']>) {
    return this.#run('findStored', () => this.#collection.findStored(...args));
  }

  scanStored(...args: Parameters<DocumentCollection['scanStored']>) {
    return this.#run('scanStored', () => this.#collection.scanStored(...args));
  }

  compareAndSet(...args: Parameters<DocumentCollection['compareAndSet']>) {
    return this.#run('compareAndSet', () => this.#collection.compareAndSet(...args));
  }

  compareAndDelete(...args: Parameters<DocumentCollection['compareAndDelete']>) {
    return this.#run('compareAndDelete', () => this.#collection.compareAndDelete(...args));
  }

  within(deadline: Deadline): DocumentCollection {
    return new ObservedCollection(this.#collection.within(deadline), this.#name, this.#observe);
  }

  #run<Result>(operation: string, run: () => Promise<Result>): Promise<Result> {
    return this.#observe({ operation, collection: this.#name }, run);
  }
}
