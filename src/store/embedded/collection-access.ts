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
  return new OpenedAccess({ environment, key, current: await openDatabases(environment, key) });
}

/** A collection, for everybody who has access to it. */
interface Opened {
  readonly environment: Environment;
  readonly key: string;
  current: OpenCollection;
}

/** A class, because every request has some of its own. */
class OpenedAccess implements Access {
  readonly #opened: Opened;
  readonly #deadline: Deadline | undefined;

  constructor(opened: Opened, deadline?: Deadline) {
    this.#opened = opened;
    this.#deadline = deadline;
  }

  read<T>(run: (collection: OpenCollection) => T): T {
    const { current, environment } = this.#opened;
    return environment.read(() => run(current));
  }

  async write<T>(run: (collection: OpenCollection) => T): Promise<T> {
    const { environment, key } = this.#opened;
    for (;;) {
      const { current } = this.#opened;
      const outcome = await environment.write(
        () => (current.isCurrent() ? { result: run(current) } : undefined),
        this.#deadline?.remaining(),
      );
      if (outcome !== undefined) return outcome.result;
      // Nothing was written: databases cannot be opened inside a transaction that may roll back.
      this.#opened.current = await openDatabases(environment, key);
    }
  }

  within(deadline: Deadline): Access {
    return new OpenedAccess(this.#opened, deadline);
  }
}
