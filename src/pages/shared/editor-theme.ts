/** How editors look: by the variables of the style sheet, which reach into their shadow roots. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const THEME = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--bg)', height: '100%', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'ui-monospace, monospace', lineHeight: '20px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': {
    color: 'var(--muted)',
    backgroundColor: 'var(--surface)',
    border: 'none',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--line-active)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection':
    { backgroundColor: 'var(--selection)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    color: 'inherit',
    backgroundColor: 'var(--selection)',
    outline: '1px solid var(--control)',
  },
  '.cm-tooltip, .cm-panels': {
    color: 'var(--text)',
    backgroundColor: 'var(--surface)',
    border: '1px solid var(--control)',
    maxWidth: '40rem',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--on-accent)',
    backgroundColor: 'var(--accent)',
  },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-completionInfo': { padding: '8px', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic': { padding: '4px 8px' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-bg)' },
  '.cm-foldPlaceholder': { color: 'var(--muted)', backgroundColor: 'var(--surface)' },
});

const HIGHLIGHTS = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword, tags.modifier], color: 'var(--code-keyword)' },
  { tag: [tags.propertyName], color: 'var(--code-name)' },
  { tag: [tags.string], color: 'var(--code-string)' },
  { tag: [tags.variableName, tags.attributeName], color: 'var(--code-variable)' },
  {
    tag: [tags.number, tags.integer, tags.float, tags.bool, tags.null, tags.special(tags.name)],
    color: 'var(--code-number)',
  },
  { tag: [tags.atom], color: 'var(--code-type)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
]);

/** The looks of every editor. */
export const EDITOR_THEME = [THEME, syntaxHighlighting(HIGHLIGHTS)];
