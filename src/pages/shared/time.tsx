/** Instants and ids, as all pages show them. */
import { useEffect, useState } from 'preact/hooks';
import { type Store, useStore } from './store.ts';

const SECOND = 1000;

/** An instant in the time of whoever looks, with the exact one for machines. */
export function Instant({ at }: { readonly at: number | string }) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <>{String(at)}</>;
  const isToday = date.toDateString() === new Date().toDateString();
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()}>
      {isToday ? date.toLocaleTimeString() : date.toLocaleString()}
    </time>
  );
}

/** Epoch milliseconds of a clock that is `ahead` of the browser's, anew each second. */
export function useNow(ahead: Store<number>): number {
  const difference = useStore(ahead);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND);
    return () => clearInterval(timer);
  }, []);
  return now + difference;
}

/** The longest that a timer of a browser waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Whether an instant of such a clock is over; `null` never is. */
export function useIsOver(at: number | null, ahead: Store<number>): boolean {
  const difference = useStore(ahead);
  const rest = at === null ? Number.POSITIVE_INFINITY : at - (Date.now() + difference);
  const [, again] = useState(0);
  useEffect(() => {
    if (at === null) return undefined;
    const wait = Math.min(Math.max(at - (Date.now() + difference), 0), LONGEST);
    const timer = setTimeout(() => again((round) => round + 1), wait);
    return () => clearTimeout(timer);
  }, [at, difference]);
  return rest <= 0;
}
