/** Instants and ids, as all pages show them. */
import { useEffect, useState } from 'preact/hooks';

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

/** Epoch milliseconds, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND);
    return () => clearInterval(timer);
  }, []);
  return now;
}
