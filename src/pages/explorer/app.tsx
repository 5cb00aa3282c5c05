/** The page: its frame, and which part is shown where. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ObstacleContext } from '../shared/act.tsx';
import { describeObstacle } from '../shared/reach.ts';
import { ReachBar } from '../shared/reach-bar.tsx';
import { useStore } from '../shared/store.ts';
import { TabList, tabId } from '../shared/tab-list.tsx';
import { ThemeChoice } from '../shared/theme.tsx';
import { AnswerPane } from './answer-pane.tsx';
import { DataPanel } from './data-panel.tsx';
import { DocsPanel, SEARCH_FIELD, type Trail } from './docs-panel.tsx';
import { HistoryPanel } from './history-panel.tsx';
import { type Shortcut, shortcutOf } from './keys.ts';
import type { Model } from './model.ts';
import { OperationPane } from './operation-pane.tsx';
import { SessionPanel } from './session-panel.tsx';

const PANELS = [
  { id: 'session', label: 'Session' },
  { id: 'data', label: 'Custom data' },
  { id: 'docs', label: 'Docs' },
  { id: 'history', label: 'History' },
] as const;
type PanelId = (typeof PANELS)[number]['id'];

/** The parts that a narrow window shows one at a time. */
const PARTS = [
  { id: 'panels', label: 'Panels' },
  { id: 'operation', label: 'Operation' },
  { id: 'answer', label: 'Answer' },
] as const;
type Part = (typeof PARTS)[number]['id'];

const PANEL = 'panel';
const WORK = 'work';

/** The explorer. */
export function App({ model }: { readonly model: Model }) {
  const [panel, setPanel] = useState<PanelId>('session');
  const [part, setPart] = useState<Part>('operation');
  const [trail, setTrail] = useState<Trail>([]);
  const [search, setSearch] = useState('');
  const showPanel = (id: PanelId) => {
    setPanel(id);
    setPart('panels');
  };
  const obstacle = useStore(model.reach.obstacle);
  const run = () => {
    if (obstacle === null) setPart('answer');
    return model.run();
  };
  useKeys(model, run, () => {
    showPanel('docs');
    // Once it is drawn.
    requestAnimationFrame(() => document.getElementById(SEARCH_FIELD)?.focus());
  });
  const showInDocs = (place: Trail[number]) => {
    setSearch('');
    setTrail((before) => [...before, place]);
    showPanel('docs');
  };
  return (
    <ObstacleContext.Provider value={obstacle && describeObstacle(obstacle)}>
      <a class="skip" href="#operation-heading">
        Skip to the operation
      </a>
      <Header model={model} />
      <aside class="notices" aria-label="Notices">
        <ReachBar reach={model.reach} />
      </aside>
      <nav class="parts" aria-label="Parts of the page">
        <TabList
          label="Part of the page"
          tabs={PARTS}
          active={part}
          onChoose={setPart}
          panel={WORK}
        />
      </nav>
      <main id={WORK} data-part={part}>
        <section class="pane panels" aria-labelledby="panels-heading">
          <h2 id="panels-heading" class="unseen">
            {PANELS.find(({ id }) => id === panel)?.label}
          </h2>
          <TabList label="Panels" tabs={PANELS} active={panel} onChoose={setPanel} panel={PANEL} />
          <div
            role="tabpanel"
            id={PANEL}
            class="panel"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
            tabIndex={0}
            aria-labelledby={tabId(PANEL, panel)}
          >
            {panel === 'session' && <SessionPanel model={model} />}
            {panel === 'data' && <DataPanel model={model} />}
            {panel === 'docs' && (
              <DocsPanel
                model={model}
                trail={trail}
                onTrail={setTrail}
                search={search}
                onSearch={setSearch}
              />
            )}
            {panel === 'history' && <HistoryPanel model={model} />}
          </div>
        </section>
        <OperationPane model={model} onRun={run} onShowInDocs={showInDocs} />
        <AnswerPane model={model} />
      </main>
      <p class="unseen" role="status">
        {useStore(model.said)}
      </p>
    </ObstacleContext.Provider>
  );
}

function Header({ model }: { readonly model: Model }) {
  const { user, isPasted } = useStore(model.who);
  return (
    <header>
      <h1>Explorer</h1>
      <span class="app-name">{model.settings.appName}</span>
      <WhoIs id={user?.id} isPasted={isPasted} />
      <ThemeChoice />
    </header>
  );
}

/** A narrow window has no room for the words around it. */
function WhoIs({ id, isPasted }: { readonly id: string | undefined; readonly isPasted: boolean }) {
  if (isPasted) return <span class="who">With a token from elsewhere</span>;
  return id === undefined ? (
    <span class="who">
      Nobody<span> is logged in</span>
    </span>
  ) : (
    <span class="who" title={id}>
      <span>Logged in as </span>
      {id}
    </span>
  );
}

/** Keys that work wherever the focus is. */
function useKeys(model: Model, run: () => Promise<void>, search: () => void): void {
  const acts = useRef<Readonly<Record<Shortcut, () => unknown>> | null>(null);
  acts.current = {
    run,
    search,
    prettify: model.prettify,
    merge: model.mergeFragments,
    copy: model.copyText,
    readSchema: model.loadSchema,
  };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event);
      // What is below a window that is open waits.
      if (shortcut === null || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      acts.current?.[shortcut]();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
