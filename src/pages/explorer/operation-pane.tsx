/** The operation: its tabs, what can be done with it, and its editors. */
import { Act } from '../shared/act.tsx';
import { useStore } from '../shared/store.ts';
import {
  activeTab,
  changeActive,
  closeTab,
  createId,
  createTab,
  MAX_TABS,
  openTab,
  titleOf,
} from './documents.ts';
import type { Model } from './model.ts';
import { type DocsPlace, ExtrasEditor, OperationEditor } from './operation-editor.tsx';
import { operationsOf, parseOperations } from './operations.ts';

interface PaneProps {
  readonly model: Model;
  readonly onRun: () => Promise<void>;
  readonly onShowInDocs: (place: DocsPlace) => void;
}

/** Shows it. */
export function OperationPane({ model, onRun, onShowInDocs }: PaneProps) {
  return (
    <section class="pane operation" aria-labelledby="operation-heading">
      <h2 id="operation-heading" class="unseen">
        Operation
      </h2>
      <DocumentTabs model={model} />
      <Toolbar model={model} onRun={onRun} />
      <div class="editor-panel operation-text">
        <OperationEditor model={model} onShowInDocs={onShowInDocs} />
      </div>
      <ExtrasEditor model={model} />
    </section>
  );
}

/** They are buttons, not tabs of WAI-ARIA: each has another button that closes it. */
function DocumentTabs({ model }: { readonly model: Model }) {
  const state = useStore(model.tabs);
  const { id: active } = activeTab(state);
  return (
    <ul class="documents" aria-label="Open operations">
      {state.tabs.map((tab) => (
        <li key={tab.id} class={tab.id === active ? 'current' : ''}>
          <button
            type="button"
            aria-current={tab.id === active}
            onClick={() => model.tabs.set({ ...state, activeId: tab.id })}
          >
            {titleOf(tab)}
          </button>
          {state.tabs.length > 1 && (
            <button
              type="button"
              aria-label={`Close ${titleOf(tab)}`}
              onClick={() => model.tabs.set(closeTab(state, tab.id))}
            >
              ×
            </button>
          )}
        </li>
      ))}
      <li>
        <button
          type="button"
          aria-label="New operation"
          disabled={state.tabs.length >= MAX_TABS}
          onClick={() => model.tabs.set(openTab(state, createTab(createId())))}
        >
          +
        </button>
      </li>
    </ul>
  );
}

const RUN_KEY = { 'aria-keyshortcuts': 'Control+Enter', title: 'Ctrl-Enter' };

function Toolbar({ model, onRun }: Pick<PaneProps, 'model' | 'onRun'>) {
  const tab = activeTab(useStore(model.tabs));
  const isRunning = useStore(model.running).has(tab.id);
  return (
    <div class="toolbar" role="toolbar" aria-label="Operation">
      {isRunning ? (
        <button type="button" class="primary" onClick={() => void onRun()} {...RUN_KEY}>
          Stop
        </button>
      ) : (
        <Act type="button" class="primary" onClick={() => void onRun()} {...RUN_KEY}>
          Run
        </Act>
      )}
      <OperationChoice model={model} />
      <button
        type="button"
        aria-keyshortcuts="Control+Shift+P"
        title="Ctrl-Shift-P"
        onClick={model.prettify}
      >
        Prettify
      </button>
      <button
        type="button"
        aria-keyshortcuts="Control+Shift+M"
        aria-label="Merge fragments"
        title="Merge fragments, Ctrl-Shift-M"
        onClick={model.mergeFragments}
      >
        Merge
      </button>
      <button
        type="button"
        aria-keyshortcuts="Control+Shift+C"
        title="Ctrl-Shift-C"
        onClick={() => void model.copyText()}
      >
        Copy
      </button>
      <button type="button" onClick={() => void model.copyCurl()}>
        Copy as curl
      </button>
      <span class="outcome" role="status">
        {useStore(model.outcome)}
      </span>
    </div>
  );
}

/** Which of several is run. */
function OperationChoice({ model }: { readonly model: Model }) {
  const { query, operationName } = activeTab(useStore(model.tabs));
  const names = operationsOf(parseOperations(query)).flatMap(({ name }) => name?.value ?? []);
  if (names.length < 2) return null;
  const chosen = names.find((name) => name === operationName) ?? names[0];
  return (
    <label class="inline">
      <span class="unseen">Operation to run</span>
      <select
        value={chosen}
        onChange={({ currentTarget: { value } }) =>
          model.tabs.update((state) => changeActive(state, { operationName: value }))
        }
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
