/** How far something is, for whoever waits for it. */

/** What there is to do, and who is told. */
export interface ProgressParts {
  /** What is counted, such as "users". */
  readonly what: string;
  /** All there is to do, in the unit that `report` is called with; 0: nobody knows. */
  readonly total: number;
  readonly write: (text: string) => void;
  /** Milliseconds of any clock that only goes on. */
  readonly clock: () => number;
}

const INTERVAL = 1000;
const BAR_WIDTH = 24;
const MILLISECONDS_PER_SECOND = 1000;
const SECONDS_PER_MINUTE = 60;

/** Creates what writes a line a second at most: a bar, how many are done, how many a second, and the time left. */
export function createProgress({ what, total, write, clock }: ProgressParts) {
  const begun = clock();
  let last = begun;
  return (done: number, count: number): void => {
    const now = clock();
    if (now - last < INTERVAL) return;
    last = now;
    const seconds = (now - begun) / MILLISECONDS_PER_SECOND;
    const rate = `${count} ${what}, ${Math.round(count / seconds)} a second`;
    if (total === 0) {
      write(`${rate}\n`);
      return;
    }
    const share = Math.min(done / total, 1);
    const full = Math.floor(share * BAR_WIDTH);
    const bar = `${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}`;
    const percent = String(Math.floor(share * 100)).padStart(3);
    const left = share > 0 ? `, ${describe(seconds / share - seconds)} left` : '';
    write(`[${bar}] ${percent}% ${rate}${left}\n`);
  };
}

function describe(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [minutes, rest] = [Math.floor(whole / SECONDS_PER_MINUTE), whole % SECONDS_PER_MINUTE];
  return `${minutes}:${String(rest).padStart(2, '0')}`;
}
