/** What the explorer knows, and what it does. */
import { copy } from '../shared/copy.ts';
import type { Caller } from '../shared/document.ts';
import { toFailure } from '../shared/failure.ts';
import { keep, readKept } from '../shared/kept.ts';
import { openReach } from '../shared/reach.ts';
import { openSession } from '../shared/session.ts';
import { createStore } from '../shared/store.ts';
import { prepare } from './answering.ts';
import { toCurl, withoutTokens } from './curl.ts';
import {
  activeTab,
  areTabs,
  changeActive,
  createId,
  createTab,
  FIRST_QUERY,
  openTab,
  type Tabs,
  withoutHeaders,
} from './documents.ts';
import { type LinkedOperation, parseLink } from './link.ts';
import { mergeFragments } from './merge-fragments.ts';
import { prettify } from './operations.ts';
import { addRun, areRuns, type PastRun } from './run-history.ts';
import { createRunner } from './runner.ts';
import { knownSchema, readSchema, type SchemaState } from './schema.ts';
import { namesCaller } from './send.ts';
import { ENDPOINT, readSettings } from './settings.ts';

const TABS_KEY = 'explorer.tabs';
const RUNS_KEY = 'explorer.runs';

/** Creates the model of a page. */
export function createModel() {
  const reach = openReach(document.baseURI);
  const { session, who, following, getToken, keepReissued, paste } = openSession(ENDPOINT, reach);
  const page: Caller = { endpoint: ENDPOINT, reach, getToken, keepReissued };
  const schema = createStore<SchemaState>({ kind: 'loading' });
  const linked = takeLink();
  const tabs = createStore<Tabs>(openLinked(readKept(TABS_KEY, areTabs) ?? firstTabs(), linked));
  const runs = createStore<readonly PastRun[]>(readKept(RUNS_KEY, areRuns) ?? []);
  keep(TABS_KEY, withoutHeaders(tabs.get()));
  tabs.subscribe((state) => keep(TABS_KEY, withoutHeaders(state)));
  runs.subscribe((list) => keep(RUNS_KEY, list));
  /** What came of what was done with the operation, for people to read. */
  const outcome = createStore(linked === null ? '' : 'From a link. It was not run.');
  const changeQuery = (change: (query: string) => string) =>
    tabs.update((state) => changeActive(state, { query: change(activeTab(state).query) }));
  const copyOperation = async (makeText: () => string) => {
    try {
      const isCopied = await copy(makeText());
      outcome.set(isCopied ? 'Copied, without the token' : 'The browser does not let it be copied');
    } catch (error) {
      outcome.set(toFailure(error).message);
    }
  };
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
    following,
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
    outcome,
    prettify: () => changeQuery(prettify),
    mergeFragments: () => changeQuery((query) => mergeFragments(query, knownSchema(schema.get()))),
    copyText: () => copyOperation(() => withoutTokens(activeTab(tabs.get()).query)),
    copyCurl: () =>
      copyOperation(() => {
        const { body, headers } = prepare(activeTab(tabs.get()));
        const hasToken = who.get().token !== null || namesCaller(headers);
        return toCurl({ endpoint: ENDPOINT, headers, hasToken, ...body });
      }),
  };
}

/** The model. */
export type Model = ReturnType<typeof createModel>;

function firstTabs(): Tabs {
  const id = createId();
  return { tabs: [createTab(id, { query: FIRST_QUERY, operationName: 'WhoAmI' })], activeId: id };
}

/** In a tab of its own, unless there are as many as there may be. */
function openLinked(state: Tabs, linked: LinkedOperation | null): Tabs {
  return linked === null ? state : openTab(state, createTab(createId(), linked));
}

/** What a link has brought; it is taken out of the address, so that a reload does not bring it again. */
function takeLink(): LinkedOperation | null {
  const linked = parseLink(location.hash);
  if (linked !== null) history.replaceState(null, '', `${location.pathname}${location.search}`);
  return linked;
}
