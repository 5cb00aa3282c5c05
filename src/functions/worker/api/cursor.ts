/** Cursors: what `find` and `aggregate` return. The documents are read at once, when the first is asked for. */

/** How a cursor's documents are chosen. */
export interface CursorOptions {
  readonly sort?: unknown;
  readonly skip?: unknown;
  readonly limit?: unknown;
  readonly projection?: unknown;
}

/** The cursors in what a function returns. */
export type ReturnedCursors = ReturnType<typeof createReturnedCursors>;

/** Creates the note of the cursors of one call. */
export function createReturnedCursors() {
  let met: Promise<unknown>[] | undefined;
  return {
    /**
     * Writes a value with cursors in it: once to find them, and again when they are read. Any other value that holds a
     * cursor cannot be written.
     */
    async write<T>(write: () => T): Promise<T> {
      try {
        met = [];
        const written = write();
        if (met.length === 0) return written;
        await Promise.all(met);
        return write();
      } finally {
        met = undefined;
      }
    },
    /** Notes a cursor, given by how it is read, that is met while a result is written; fails if none is. */
    meet(read: () => Promise<unknown>) {
      if (met === undefined) throw new TypeError('a cursor cannot be sent, use toArray()');
      const documents = read();
      // Writing may fail for another reason before anyone waits for them.
      documents.catch(() => undefined);
      met.push(documents);
    },
  };
}

/** Creates a cursor; `read` gets every document. */
export function createCursor(
  initial: CursorOptions,
  read: (options: CursorOptions) => Promise<unknown>,
  returned: Pick<ReturnedCursors, 'meet'>,
): object {
  let options = initial;
  let documents: Promise<unknown[]> | undefined;
  let known: unknown[] | undefined;
  let position = 0;

  const all = () => {
    documents ??= read(options).then((found) => {
      known = found as unknown[];
      return known;
    });
    return documents;
  };
  const option = (name: keyof CursorOptions) => (value: unknown) => {
    if (documents !== undefined) throw new Error(`"${name}" must come before the first document`);
    options = { ...options, [name]: value };
    return cursor;
  };
  const next = async () => {
    const found = await all();
    const document = found[position];
    position += 1;
    return document;
  };
  const cursor = {
    sort: option('sort'),
    skip: option('skip'),
    limit: option('limit'),
    project: option('projection'),
    next,
    hasNext: async () => position < (await all()).length,
    async toArray() {
      const rest = (await all()).slice(position);
      position += rest.length;
      return rest;
    },
    async forEach(callback: (document: unknown) => unknown) {
      for (const document of (await all()).slice(position)) {
        position += 1;
        callback(document);
      }
    },
    close: async () => undefined,
    [Symbol.asyncIterator]: () => ({
      async next() {
        const isDone = position >= (await all()).length;
        return isDone ? { value: undefined, done: true } : { value: await next(), done: false };
      },
    }),
    toBSON() {
      if (known === undefined) returned.meet(all);
      return known?.slice(position) ?? null;
    },
  };
  return cursor;
}
