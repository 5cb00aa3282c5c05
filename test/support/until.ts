/** Waiting for what nothing announces. */

const PATIENCE_MILLISECONDS = 30_000;
const PAUSE_MILLISECONDS = 20;

/** Waits until it is so; fails if it never is. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MILLISECONDS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It did not happen');
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
}
