/** Cursors: what `find` and `aggregate` return. The documents are read at once, when the first is asked for. */

/** How a cursor's documents are chosen. */
export interface CursorOptions {
  readonly sort?: unknown;
  readonly skip?: unknown;
  readonly limit?: unknown;
  readonly projection?: unknown;
}

/** Creates a cursor; `read` gets every document. */
export function createCursor(
  initial: CursorOptions,
  read: (options: CursorOptions) => Promise<unknown>,
): object {
  let options = initial;
  let documents: Promise<unknown[]> | undefined;
  let position = 0;

  const all = () => {
    documents ??= read(options).then((found) => found as unknown[]);
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
    /** A cursor would be an object without fields for whoever gets it. */
    toBSON() {
      throw new TypeError('a cursor cannot be returned, use toArray()');
    },
  };
  return cursor;
}
