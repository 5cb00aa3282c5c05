/** Runs the operation of the tab that is shown, and keeps what was answered. */
import { describeObstacle } from '../shared/reach.ts';
import { createStore, type Store } from '../shared/store.ts';
import { type AnsweringParts, createAnswering } from './answering.ts';
import { activeTab, type Tabs } from './documents.ts';
import type { Answer } from './send.ts';

interface RunnerParts extends AnsweringParts {
  readonly tabs: Store<Tabs>;
}

/** Creates it. */
export function createRunner({ tabs, ...parts }: RunnerParts) {
  /** Answers by tab; they are not kept. */
  const answers = createStore<ReadonlyMap<string, Answer>>(new Map());
  /** What runs, by tab. */
  const running = createStore<ReadonlyMap<string, AbortController>>(new Map());
  /** What a screen reader is told of what has just happened. */
  const said = createStore('');
  const answer = createAnswering(parts);
  const show = (id: string, shown: Answer) => {
    answers.update((map) => new Map(map).set(id, shown));
    said.set(shown.kind === 'answer' ? describe(shown) : shown.message);
  };

  return {
    answers,
    running,
    said,
    /** Runs the operation of the tab that is shown; if one runs, stops it. While there is an obstacle, says so. Never rejects. */
    async run(): Promise<void> {
      const tab = activeTab(tabs.get());
      const current = running.get().get(tab.id);
      if (current !== undefined) {
        current.abort();
        return;
      }
      const obstacle = parts.reach.obstacle.get();
      if (obstacle !== null) {
        said.set(describeObstacle(obstacle));
        return;
      }
      const controller = new AbortController();
      running.update((map) => new Map(map).set(tab.id, controller));
      said.set('');
      const last = await answer(tab, {
        signal: controller.signal,
        onResult: (result) => show(tab.id, result),
      });
      running.update((map) => new Map([...map].filter(([id]) => id !== tab.id)));
      if (last === null) said.set('The subscription has ended');
      else show(tab.id, last);
    },
  };
}

function describe({ results, status }: Extract<Answer, { kind: 'answer' }>): string {
  return results === undefined ? `Answered with status ${status}` : `Result ${results}`;
}
