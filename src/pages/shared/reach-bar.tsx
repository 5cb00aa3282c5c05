/** What a page says while it does not reach the gateway. */
import { describeObstacle, type Reach } from './reach.ts';
import { Bar } from './states.tsx';
import { useStore } from './store.ts';

/** Shows it then, and nothing else. */
export function ReachBar({ reach }: { readonly reach: Reach }) {
  const obstacle = useStore(reach.obstacle);
  if (obstacle === null) return null;
  return (
    <Bar kind="offline">
      {describeObstacle(obstacle)}. What you have is kept, and nothing is sent. The page looks again
      every few seconds.
    </Bar>
  );
}
