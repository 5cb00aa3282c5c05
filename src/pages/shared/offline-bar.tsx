/** What a page says while the browser is offline. */
import { useEffect, useState } from 'preact/hooks';
import { Bar } from './states.tsx';

/** Shows it then, and nothing else. */
export function OfflineBar() {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  if (isOnline) return null;
  return <Bar kind="offline">The browser is offline. What you have is kept; nothing is sent.</Bar>;
}
