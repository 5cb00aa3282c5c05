/** Access to a collection's databases that copes with indexes that other processes add. */
import type { Deadline } from '../../deadline.ts';
import type { Environment } from './environment.ts';
import { type OpenCollection, openDatabases } from './index-catalogue.ts';

/** Runs functions on a collection's databases inside a transaction. */
export interface Access {
  /** On the newest snapshot. */
  read<T>(run: (collection: OpenCollection) => T): T;
  /** In a write transaction, with every index that the collection has at that moment. */
  write<T>(run: (collection: OpenCollection) => T): Promise<T>;
  /** The same, with writes that wait for their turn until a deadline at most. */
  within(deadline: Deadline): Access;
}

/** Opens the databases of the collection that `key` names. */
export async function openAccess(environment: Environment, key: string): Promise<Access> {
  let collection = await openDatabases(environment, key);
  const accessUntil = (deadline?: Deadline): Access => ({
    read: (run) => environment.read(() => run(collection)),
    within: accessUntil,
    write: async (run) => {
      for (;;) {
        const current = collection;
        const outcome = await environment.write(
          () => (current.isCurrent() ? { result: run(current) } : undefined),
          deadline?.remaining(),
        );
        if (outcome !== undefined) return outcome.result;
        // Nothing was written: databases cannot be opened inside a transaction that may roll back.
        collection = await openDatabases(environment, key);
      }
    },
  });
  return accessUntil();
}
