/** The operations that were run in this browser tab. */
import { Empty } from '../shared/states.tsx';
import { useStore } from '../shared/store.ts';
import { createId, createTab, openTab, titleOf } from './documents.ts';
import type { Model } from './model.ts';

/** Shows them; each opens in a tab of its own. */
export function HistoryPanel({ model }: { readonly model: Model }) {
  const runs = useStore(model.runs);
  if (runs.length === 0) {
    return (
      <Empty title="Nothing was run yet">
        <p>Operations that you run are listed here until you close this browser tab.</p>
      </Empty>
    );
  }
  return (
    <>
      <ul class="runs">
        {runs.map((run) => {
          const { at, query, variables, operationName } = run;
          const time = new Date(at);
          return (
            <li key={`${at} ${query}`}>
              <button
                type="button"
                onClick={() =>
                  model.tabs.update((state) =>
                    openTab(state, createTab(createId(), { query, variables, operationName })),
                  )
                }
              >
                {titleOf(run)}
              </button>{' '}
              <time dateTime={time.toISOString()}>{time.toLocaleTimeString()}</time>
            </li>
          );
        })}
      </ul>
      <button type="button" onClick={() => model.runs.set([])}>
        Forget all
      </button>
    </>
  );
}
