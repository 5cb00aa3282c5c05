/** What the explorer knows, and what it does. */
import type { Caller } from '../shared/document.ts';
import { keep, readKept } from '../shared/kept.ts';
import { openReach } from '../shared/reach.ts';
import { openSession } from '../shared/session.ts';
import { createStore } from '../shared/store.ts';
import { toCurl } from './curl.ts';
import {
  activeTab,
  areTabs,
  changeActive,
  createId,
  createTab,
  FIRST_QUERY,
  type Tabs,
  withoutHeaders,
} from './documents.ts';
import { prettify } from './operations.ts';
import { addRun, areRuns, type PastRun } from './run-history.ts';
import { createRunner, prepare } from './runner.ts';
import { readSchema, type SchemaState } from './schema.ts';
import { namesCaller } from './send.ts';
import { ENDPOINT, readSettings } from './settings.ts';

const TABS_KEY = 'explorer.tabs';
const RUNS_KEY = 'explorer.runs';

/** Creates the model of a page. */
export function createModel() {
  const reach = openReach(document.baseURI);
  const { session, who, getToken, keepReissued, paste } = openSession(ENDPOINT, reach);
  const page: Caller = { endpoint: ENDPOINT, reach, getToken, keepReissued };
  const schema = createStore<SchemaState>({ kind: 'loading' });
  const tabs = createStore<Tabs>(readKept(TABS_KEY, areTabs) ?? firstTabs());
  const runs = createStore<readonly PastRun[]>(readKept(RUNS_KEY, areRuns) ?? []);
  tabs.subscribe((state) => keep(TABS_KEY, withoutHeaders(state)));
  runs.subscribe((list) => keep(RUNS_KEY, list));
  const loadSchema = async () => {
    schema.set({ kind: 'loading' });
    schema.set(await readSchema(reach));
  };
  reach.obstacle.subscribe((obstacle) => {
    if (obstacle === null && schema.get().kind === 'failed') void loadSchema();
  });
  return {
    settings: readSettings(),
    reach,
    session,
    who,
    paste,
    page,
    schema,
    tabs,
    runs,
    ...createRunner({
      page,
      reach,
      schema,
      tabs,
      note: (run) => runs.update((list) => addRun(list, run)),
    }),
    loadSchema,
    prettify: () =>
      tabs.update((state) => changeActive(state, { query: prettify(activeTab(state).query) })),
    /** The command of the tab that is shown. Throws what can be shown. */
    curl(): string {
      const { body, headers } = prepare(activeTab(tabs.get()));
      const hasToken = who.get().token !== null || namesCaller(headers);
      return toCurl({ endpoint: ENDPOINT, headers, hasToken, ...body });
    },
  };
}

/** The model. */
export type Model = ReturnType<typeof createModel>;

function firstTabs(): Tabs {
  const id = createId();
  return { tabs: [createTab(id, { query: FIRST_QUERY, operationName: 'WhoAmI' })], activeId: id };
}
