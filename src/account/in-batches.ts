/** Going through a list that may be long. */

/** Read at once: bounds memory, and how long the store is busy with it. */
const BATCH = 100;

/** The items in the order of their ids, read as they are asked for: at most `limit` after `after`. */
export async function* inBatches<Item extends { readonly _id: string }>(
  list: (after: string, limit: number) => Promise<readonly Item[]>,
): AsyncGenerator<Item> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const batch: readonly Item[] = await list(after, BATCH);
    yield* batch;
    after = batch.length < BATCH ? undefined : batch.at(-1)?._id;
  }
}
