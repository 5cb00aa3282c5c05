/** JSON in an editor, and where in its text a value is. */
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { ensureSyntaxTree } from '@codemirror/language';
import { linter } from '@codemirror/lint';
import type { EditorState, Extension } from '@codemirror/state';

/** Milliseconds that an editor may take to parse what is looked into. */
const PARSE_TIME = 200;

/** A place in the text of an editor. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** JSON; what is none is marked. An empty text is nothing, and no fault. */
export const JSON_LANGUAGE: Extension = [
  json(),
  linter((view) => (view.state.doc.toString().trim() === '' ? [] : jsonParseLinter()(view))),
];

type Node = NonNullable<ReturnType<typeof ensureSyntaxTree>>['topNode'];

/** Where the value at a path of names and indices is; of a value that is not there, where the last one on the way is. */
export function findValue(state: EditorState, path: readonly (string | number)[]): Range {
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_TIME);
  let node = tree?.topNode.firstChild ?? null;
  for (const key of path) {
    const next: Node | null = node === null ? null : childOf(state, node, key);
    if (next === null) break;
    node = next;
  }
  return node === null ? { from: 0, to: state.doc.length } : { from: node.from, to: node.to };
}

function childOf(state: EditorState, node: Node, key: string | number): Node | null {
  if (typeof key === 'number') {
    return node.getChildren('⚠').length === 0 ? (elementsOf(node)[key] ?? null) : null;
  }
  for (const property of node.getChildren('Property')) {
    const name = property.getChild('PropertyName');
    if (name !== null && nameIn(state, name) === key) return property.lastChild;
  }
  return null;
}

function elementsOf(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (/^[A-Z]/.test(child.name)) found.push(child);
  }
  return found;
}

function nameIn(state: EditorState, { from, to }: Range): string | null {
  try {
    return JSON.parse(state.sliceDoc(from, to));
  } catch {
    return null;
  }
}
