/** The operations that were run in this browser tab, the latest first. */

/** One of them. Its headers are not kept. */
export interface PastRun {
  readonly query: string;
  readonly variables: string;
  readonly operationName: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

const MAX_RUNS = 50;

/** Adds one. The same operation again moves up, so that it is there once. */
export function addRun(runs: readonly PastRun[], run: PastRun): readonly PastRun[] {
  const others = runs.filter(
    ({ query, variables, operationName }) =>
      query !== run.query || variables !== run.variables || operationName !== run.operationName,
  );
  return [run, ...others].slice(0, MAX_RUNS);
}

/** Whether something that was kept is a history. */
export function areRuns(value: unknown): value is readonly PastRun[] {
  return Array.isArray(value) && value.length <= MAX_RUNS && value.every(isRun);
}

function isRun(value: unknown): value is PastRun {
  const { query, variables, operationName, at } = (value ?? {}) as Partial<PastRun>;
  return (
    typeof query === 'string' &&
    typeof variables === 'string' &&
    typeof at === 'number' &&
    (operationName === null || typeof operationName === 'string')
  );
}
