/** Operations without fragments: what they spread is put in its place, and what is asked for twice is asked for once. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  visit,
} from 'graphql';
import { hasComments, parseOperations } from './operations.ts';

/** Fragments in fragments can ask for very much in few words: more is left as it is. */
const MAX_SELECTIONS = 10_000;

type Flat = FieldNode | InlineFragmentNode;
type Type = GraphQLNamedType | null | undefined;

/** A fragment that is not there, or too much of all. */
class CannotMergeError extends Error {
  override readonly name = 'CannotMergeError';
}

/**
 * Merges them. A text that is no GraphQL, has comments, which would get lost, or cannot be merged stays as it is. Without a
 * schema a spread becomes an inline fragment; with one, its fields where the types are the same.
 */
export function mergeFragments(query: string, schema: GraphQLSchema | null): string {
  const document = parseOperations(query);
  if (document === null || hasComments(query)) return query;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  if (holdsItself(fragments)) return query;
  const merge = createMerge(fragments);
  const mergeOperation = (operation: OperationDefinitionNode): OperationDefinitionNode => {
    const root = schema?.getRootType(operation.operation);
    const selections = merge(operation.selectionSet.selections, root);
    return { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } };
  };
  try {
    const definitions = document.definitions.flatMap((each) => {
      if (each.kind === Kind.FRAGMENT_DEFINITION) return [];
      return each.kind === Kind.OPERATION_DEFINITION ? mergeOperation(each) : each;
    });
    // Fragments alone would leave nothing.
    return definitions.length === 0 ? query : `${print({ ...document, definitions })}\n`;
  } catch (error) {
    if (error instanceof CannotMergeError) return query;
    throw error;
  }
}

/** Whether a fragment spreads one that leads to it again. */
function holdsItself(fragments: ReadonlyMap<string, FragmentDefinitionNode>): boolean {
  const spreads = new Map<string, string[]>();
  for (const [name, fragment] of fragments) {
    const found: string[] = [];
    visit(fragment, {
      FragmentSpread(node) {
        found.push(node.name.value);
      },
    });
    spreads.set(name, found);
  }
  // Those that lead to none that is left are taken away, until there are none, or only such as hold themselves.
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const [name, found] of spreads) {
      if (found.some((each) => spreads.has(each))) continue;
      isChanged = spreads.delete(name);
    }
  }
  return spreads.size > 0;
}

function createMerge(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  let count = 0;

  /** The selections with what they spread, but for what is of another type or has directives. */
  function flatten(selections: readonly SelectionNode[], type: Type): Flat[] {
    return selections.flatMap((selection) => {
      count += 1;
      if (count > MAX_SELECTIONS) throw new CannotMergeError();
      if (selection.kind === Kind.FIELD) return [selection];
      if (selection.kind === Kind.INLINE_FRAGMENT) return flattenInline(selection, type);
      const fragment = fragments.get(selection.name.value);
      if (fragment === undefined) throw new CannotMergeError();
      const { typeCondition, selectionSet } = fragment;
      const { directives = [] } = selection;
      const inline = { typeCondition, directives, selectionSet };
      return flattenInline({ kind: Kind.INLINE_FRAGMENT, ...inline }, type);
    });
  }

  function flattenInline(fragment: InlineFragmentNode, type: Type): Flat[] {
    const { typeCondition, directives = [], selectionSet } = fragment;
    const condition = typeCondition?.name.value;
    const isSame = condition === undefined || condition === type?.name;
    const selections = flatten(selectionSet.selections, isSame ? type : undefined);
    if (isSame && directives.length === 0) return selections;
    return [{ ...fragment, selectionSet: { kind: Kind.SELECTION_SET, selections } }];
  }

  return function merge(
    selections: readonly SelectionNode[],
    type: Type,
  ): readonly SelectionNode[] {
    const groups = new Map<string, Flat[]>();
    for (const selection of flatten(selections, type)) {
      const key = keyOf(selection);
      groups.set(key, [...(groups.get(key) ?? []), selection]);
    }
    return [...groups.values()].map((group) => {
      const [first] = group as [Flat];
      const inner = group.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
      if (inner.length === 0) return first;
      const merged = merge(inner, innerType(first, type));
      return { ...first, selectionSet: { kind: Kind.SELECTION_SET, selections: merged } };
    });
  };
}

/** What a selection is apart from what is asked for in it. */
function keyOf(selection: Flat): string {
  const nothing = { kind: Kind.SELECTION_SET, selections: [] } as const;
  return print({ ...selection, selectionSet: nothing });
}

function innerType(selection: Flat, type: Type): Type {
  // Of an inline fragment for another type only the name is known.
  if (selection.kind === Kind.INLINE_FRAGMENT) {
    return selection.typeCondition === undefined ? type : undefined;
  }
  if (!(isObjectType(type) || isInterfaceType(type))) return undefined;
  return getNamedType(type.getFields()[selection.name.value]?.type);
}
