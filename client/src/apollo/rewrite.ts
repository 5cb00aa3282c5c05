/**
 * Asks for the reissued token in the name of operations that do not, and takes it out of the answer, so that neither
 * the app nor its cache sees one.
 */
import type { ApolloLink } from '@apollo/client';
import type { Reissued } from '../types.ts';

type Document = ApolloLink.Operation['query'];
type Definition = Document['definitions'][number];
type Selections = Extract<Definition, { readonly kind: 'OperationDefinition' }>['selectionSet'];
type Selection = Selections['selections'][number];

/** Mutations that reissue the claims. */
const REISSUING = new Set([
  'refreshCustomData',
  'writeCustomUserData',
  'updateCustomUserData',
  'deleteCustomUserData',
  'restoreCustomUserData',
  'writeTypedCustomUserData',
]);
const TOKEN = 'customUserDataClient_accessToken';
const USER = 'customUserDataClient_user';

// `Kind` of GraphQL is an enumeration of these very texts; its module would be part of the page.
const field = (name: string, alias?: string, names?: readonly string[]): Selection =>
  ({
    kind: 'Field',
    name: { kind: 'Name', value: name },
    ...(alias && { alias: { kind: 'Name', value: alias } }),
    ...(names && {
      selectionSet: { kind: 'SelectionSet', selections: names.map((each) => field(each)) },
    }),
  }) as Selection;

const ADDED: readonly Selection[] = [
  field('accessToken', TOKEN),
  field('user', USER, [
    'id',
    'customData',
    'customDataRevision',
    'customDataReadAt',
    'tokenExpiresAt',
  ]),
];

/** The document that asks for the token of every mutation that reissues one; itself if it has none. */
export function rewrite(document: Document): Document {
  let isChanged = false;

  function rewriteSelections(set: Selections): Selections {
    const selections = set.selections.map((selection) => {
      if (selection.kind === 'FragmentSpread' || selection.selectionSet === undefined) {
        return selection;
      }
      if (selection.kind === 'InlineFragment') {
        return { ...selection, selectionSet: rewriteSelections(selection.selectionSet) };
      }
      if (!REISSUING.has(selection.name.value)) return selection;
      isChanged = true;
      const { selectionSet } = selection;
      const more = { ...selectionSet, selections: [...selectionSet.selections, ...ADDED] };
      return { ...selection, selectionSet: more };
    });
    return { ...set, selections };
  }

  const isOfMutation = (definition: Definition) =>
    definition.kind === 'OperationDefinition'
      ? definition.operation === 'mutation'
      : definition.kind === 'FragmentDefinition' &&
        definition.typeCondition.name.value === 'Mutation';
  const definitions = document.definitions.map((definition) =>
    isOfMutation(definition) && 'selectionSet' in definition && definition.selectionSet
      ? { ...definition, selectionSet: rewriteSelections(definition.selectionSet) }
      : definition,
  );
  return isChanged ? ({ ...document, definitions } as Document) : document;
}

/** The data without what `rewrite` asked for, which is `taken` instead. */
export function strip<Data>(data: Data, taken: (reissued: Reissued) => void): Data {
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).map(([name, value]) => {
    if (typeof value !== 'object' || value === null || !(TOKEN in value)) return [name, value];
    const { [TOKEN]: accessToken, [USER]: user, ...rest } = value as Record<string, unknown>;
    taken({ accessToken: accessToken as string, user });
    return [name, rest];
  });
  return Object.fromEntries(entries) as Data;
}
