/** An editor of code in a shadow root, where its styles need no `style` element, which the policy of the page refuses. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Annotation, Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { EDITOR_THEME } from './editor-theme.ts';

/** What an editor is for. */
export interface CodeEditorProps {
  /** Its name for screen readers. */
  readonly label: string;
  readonly value: string;
  /** Left out: it can only be read. */
  readonly onChange?: (value: string) => void;
  /** Language and the like. Another object sets the editor up anew. */
  readonly extensions: Extension;
  /** Gets the editor when it is there, and `null` when it is gone. */
  readonly onView?: (view: EditorView | null) => void;
}

/** Keys that the page takes: the editor must not do what it has for them. */
const OF_THE_PAGE = Prec.highest(
  keymap.of(['Mod-Enter', 'Shift-Mod-k', 'Shift-Mod-m'].map((key) => ({ key, run: () => true }))),
);

const WRITING: Extension = [
  history(),
  drawSelection(),
  indentOnInput(),
  closeBrackets(),
  autocompletion(),
  highlightActiveLine(),
  keymap.of([...closeBracketsKeymap, ...historyKeymap, ...completionKeymap]),
];
const READING: Extension = [EditorState.readOnly.of(true), EditorView.editable.of(false)];

/** Marks a change that comes from outside, which nobody is told of. */
const FROM_OUTSIDE = Annotation.define<true>();

/** Creates the view. Tab leaves it, so that nobody is caught in it. */
function createView(parent: ShadowRoot, doc: string, extensions: Extension): EditorView {
  return new EditorView({
    parent,
    root: parent,
    state: EditorState.create({
      doc,
      extensions: [
        OF_THE_PAGE,
        lineNumbers(),
        foldGutter(),
        bracketMatching(),
        highlightSelectionMatches(),
        search({ top: true }),
        EditorView.lineWrapping,
        EDITOR_THEME,
        extensions,
        keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap, ...lintKeymap]),
      ],
    }),
  });
}

/** Shows the editor. */
export function CodeEditor({ label, value, onChange, extensions, onView }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const variable = useRef(new Compartment());
  /** What was typed and has not come back as `value` yet: it is not to be put in again over what was typed since. */
  const typed = useRef<string[]>([]);
  const heard = useRef({ onChange, onView });
  heard.current = { onChange, onView };
  const isWritten = onChange !== undefined;
  const setUp: Extension = [
    extensions,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
  ];
  const first = useRef({ setUp, value });

  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const listener = EditorView.updateListener.of(({ docChanged, state, transactions }) => {
      if (!docChanged || transactions.some((each) => each.annotation(FROM_OUTSIDE))) return;
      const text = state.doc.toString();
      typed.current.push(text);
      heard.current.onChange?.(text);
    });
    const made = createView(root, first.current.value, [
      isWritten ? WRITING : READING,
      variable.current.of(first.current.setUp),
      listener,
    ]);
    view.current = made;
    heard.current.onView?.(made);
    return () => {
      heard.current.onView?.(null);
      view.current = null;
      made.destroy();
    };
  }, [isWritten]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `setUp` is made of these two
  useLayoutEffect(() => {
    view.current?.dispatch({ effects: variable.current.reconfigure(setUp) });
  }, [extensions, label]);

  useLayoutEffect(() => {
    const at = typed.current.indexOf(value);
    typed.current = at === -1 ? [] : typed.current.slice(at + 1);
    const { current } = view;
    if (at !== -1 || current === null || current.state.doc.toString() === value) return;
    current.dispatch({
      changes: { from: 0, to: current.state.doc.length, insert: value },
      annotations: FROM_OUTSIDE.of(true),
    });
  }, [value]);

  return <div class="code-editor" ref={host} />;
}
