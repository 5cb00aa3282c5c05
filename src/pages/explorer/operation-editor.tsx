/** Where an operation is written, with its variables and headers. */
import { linter } from '@codemirror/lint';
import type { EditorView } from '@codemirror/view';
import { graphql as graphqlLanguage, updateSchema } from 'cm6-graphql';
import type { GraphQLSchema } from 'graphql';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CodeEditor } from '../shared/code-editor.tsx';
import { findValue, JSON_LANGUAGE } from '../shared/json-language.ts';
import { useStore } from '../shared/store.ts';
import { TabList, tabId } from '../shared/tab-list.tsx';
import { activeTab, changeActive, type Tab } from './documents.ts';
import type { Model } from './model.ts';
import { checkVariables, chooseOperation, parseObject, parseOperations } from './operations.ts';

/** A type and perhaps a field of it, which the documentation is to show. */
export interface DocsPlace {
  readonly type: string;
  readonly field?: string | undefined;
}

interface EditorProps {
  readonly model: Model;
  readonly onShowInDocs: (place: DocsPlace) => void;
}

/** The text of the operation. */
export function OperationEditor({ model, onShowInDocs }: EditorProps) {
  const { id, query } = activeTab(useStore(model.tabs));
  const schema = useSchema(model);
  const view = useRef<EditorView | null>(null);
  const show = useRef(onShowInDocs);
  show.current = onShowInDocs;
  const extensions = useMemo(
    () =>
      graphqlLanguage(undefined, {
        onShowInDocs(field, type, parentType) {
          const place = parentType ?? type;
          if (place !== undefined) show.current({ type: place, field });
        },
      }),
    [],
  );
  useEffect(() => {
    if (view.current !== null) updateSchema(view.current, schema);
  }, [schema]);
  return (
    <CodeEditor
      key={id}
      label="Operation"
      value={query}
      onChange={(text) => model.tabs.update((state) => changeActive(state, { query: text }))}
      extensions={extensions}
      onView={(made) => {
        view.current = made;
        if (made !== null) updateSchema(made, schema);
      }}
    />
  );
}

const EXTRAS = [
  { id: 'variables', label: 'Variables' },
  { id: 'headers', label: 'Headers' },
] as const;
const EXTRAS_PANEL = 'extras';

/** Variables and headers, one at a time. */
export function ExtrasEditor({ model }: { readonly model: Model }) {
  const [shown, setShown] = useState<'variables' | 'headers'>('variables');
  const tab = activeTab(useStore(model.tabs));
  const schema = useSchema(model);
  const variables = useVariablesLanguage(schema, tab);
  return (
    <>
      <TabList
        label="With the operation"
        tabs={EXTRAS}
        active={shown}
        onChoose={setShown}
        panel={EXTRAS_PANEL}
      />
      <div
        role="tabpanel"
        id={EXTRAS_PANEL}
        class="editor-panel"
        aria-labelledby={tabId(EXTRAS_PANEL, shown)}
      >
        <CodeEditor
          key={`${tab.id} ${shown}`}
          label={shown === 'variables' ? 'Variables, as JSON' : 'Headers, as JSON'}
          value={tab[shown]}
          onChange={(text) => model.tabs.update((state) => changeActive(state, { [shown]: text }))}
          extensions={shown === 'variables' ? variables : JSON_LANGUAGE}
        />
      </div>
    </>
  );
}

function useSchema(model: Model): GraphQLSchema | undefined {
  const state = useStore(model.schema);
  return state.kind === 'ready' ? state.schema : undefined;
}

/** JSON of which each value must be of the type that the operation declares. */
function useVariablesLanguage(schema: GraphQLSchema | undefined, { query, operationName }: Tab) {
  return useMemo(() => {
    const operation = chooseOperation(parseOperations(query), operationName);
    if (schema === undefined || operation === null) return JSON_LANGUAGE;
    const check = linter(({ state }) => {
      const values = readVariables(state.doc.toString());
      if (values === null) return [];
      return checkVariables(schema, operation, values).map(({ path, message }) => ({
        ...findValue(state, path),
        message,
        severity: 'error' as const,
      }));
    });
    return [JSON_LANGUAGE, check];
  }, [schema, query, operationName]);
}

function readVariables(text: string): Record<string, unknown> | null {
  try {
    return parseObject(text, 'The variables');
  } catch {
    return null;
  }
}
