/** Runs the operation of a tab in the name of whoever is logged in. */
import type { OperationDefinitionNode } from 'graphql';
import { REFUSED } from '../shared/ask.ts';
import { findReissued } from '../shared/claims.ts';
import { type Caller, refresh, takeReissued } from '../shared/document.ts';
import { toFailure } from '../shared/failure.ts';
import { describeObstacle, type Reach } from '../shared/reach.ts';
import { createStore, type Store } from '../shared/store.ts';
import { activeTab, type Tab, type Tabs } from './documents.ts';
import { chooseOperation, isReissuing, parseObject, parseOperations } from './operations.ts';
import type { PastRun } from './run-history.ts';
import { knownSchema, type SchemaState } from './schema.ts';
import { type Answer, namesCaller, send, toHeaders } from './send.ts';
import { ENDPOINT } from './settings.ts';

interface RunnerParts {
  readonly page: Caller;
  readonly reach: Reach;
  readonly schema: Store<SchemaState>;
  readonly tabs: Store<Tabs>;
  /** Told of what is run. */
  readonly note: (run: PastRun) => void;
}

/** Creates it. */
export function createRunner({ page, reach, schema, tabs, note }: RunnerParts) {
  /** Answers by tab; they are not kept. */
  const answers = createStore<ReadonlyMap<string, Answer>>(new Map());
  /** What runs, by tab. */
  const running = createStore<ReadonlyMap<string, AbortController>>(new Map());
  /** What a screen reader is told of what has just happened. */
  const said = createStore('');

  async function answerOf(tab: Tab, signal: AbortSignal): Promise<Answer> {
    try {
      const { body, headers, operation } = prepare(tab);
      const { operationName } = body;
      note({ query: tab.query, variables: tab.variables, operationName, at: Date.now() });
      const token = namesCaller(headers) ? null : await page.getToken();
      const sendAs = (bearer: string | null) =>
        send({ endpoint: ENDPOINT, reach, body, headers: withBearer(headers, bearer), signal });
      const first = await sendAs(token);
      const isRefused = first.kind === 'answer' && first.status === REFUSED && token !== null;
      const other = isRefused ? await page.getToken(token).catch(() => null) : null;
      const answer = other === null || other === token ? first : await sendAs(other);
      const sent = other ?? token;
      if (sent !== null && hasReissued(schema.get(), operation)) await takeToken(answer, sent);
      return answer;
    } catch (error) {
      return { kind: 'failure', message: toFailure(error).message };
    }
  }

  /** The token that the gateway reissued; if it was not asked for, another one that shows the same. */
  async function takeToken(answer: Answer, token: string): Promise<void> {
    if (answer.kind === 'failure') return;
    const { data } = (answer.value ?? {}) as { readonly data?: unknown };
    const reissued = findReissued(data, token);
    const taken = reissued === null ? refresh(page) : takeReissued(page, reissued);
    await taken.catch(() => null);
  }

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
      const obstacle = reach.obstacle.get();
      if (obstacle !== null) {
        said.set(describeObstacle(obstacle));
        return;
      }
      const controller = new AbortController();
      running.update((map) => new Map(map).set(tab.id, controller));
      said.set('');
      const answer = await answerOf(tab, controller.signal);
      running.update((map) => new Map([...map].filter(([id]) => id !== tab.id)));
      answers.update((map) => new Map(map).set(tab.id, answer));
      said.set(answer.kind === 'answer' ? `Answered with status ${answer.status}` : answer.message);
    },
  };
}

/** What a tab sends. Throws what can be shown. */
export function prepare({ query, variables, headers, operationName }: Tab) {
  const operation = chooseOperation(parseOperations(query), operationName);
  return {
    body: {
      query,
      operationName: operation?.name?.value ?? null,
      variables: parseObject(variables, 'The variables'),
    },
    headers: toHeaders(parseObject(headers, 'The headers')),
    operation,
  };
}

function withBearer(
  headers: Readonly<Record<string, string>>,
  token: string | null,
): Readonly<Record<string, string>> {
  return token === null ? headers : { authorization: `Bearer ${token}`, ...headers };
}

function hasReissued(state: SchemaState, operation: OperationDefinitionNode | null): boolean {
  return isReissuing(knownSchema(state), operation);
}
