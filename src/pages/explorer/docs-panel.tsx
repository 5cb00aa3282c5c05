/** The documentation of the schema. */
import type { GraphQLSchema } from 'graphql';
import { Failed, Loading } from '../shared/states.tsx';
import { useStore } from '../shared/store.ts';
import { searchSchema } from './docs-search.ts';
import { TypeDocs } from './docs-type.tsx';
import type { Model } from './model.ts';
import type { DocsPlace } from './operation-editor.tsx';

/** What was looked at, the latest last; nothing: the roots are shown. */
export type Trail = readonly DocsPlace[];

interface DocsProps {
  readonly model: Model;
  readonly trail: Trail;
  readonly onTrail: (trail: Trail) => void;
  readonly search: string;
  readonly onSearch: (text: string) => void;
}

/** Id of the field that searches, where a key leads to. */
export const SEARCH_FIELD = 'docs-search';

/** Shows it. */
export function DocsPanel({ model, ...props }: DocsProps) {
  const state = useStore(model.schema);
  if (state.kind === 'loading') return <Loading what="Reading the schema" />;
  if (state.kind === 'failed') {
    const retry = () => void model.loadSchema();
    return <Failed what="The schema cannot be read" error={state.error} onRetry={retry} />;
  }
  return <Docs schema={state.schema} {...props} />;
}

function Docs({
  schema,
  trail,
  onTrail,
  search,
  onSearch,
}: Omit<DocsProps, 'model'> & { readonly schema: GraphQLSchema }) {
  const place = trail.at(-1);
  const open = (next: DocsPlace) => {
    onSearch('');
    onTrail([...trail, next]);
  };
  const type = place === undefined ? undefined : schema.getType(place.type);
  return (
    <div class="docs">
      <label for={SEARCH_FIELD}>Search types and fields</label>
      <input
        id={SEARCH_FIELD}
        type="search"
        value={search}
        maxLength={100}
        aria-keyshortcuts="Control+K"
        onInput={({ currentTarget: { value } }) => onSearch(value)}
      />
      {search.trim() !== '' && <Results schema={schema} search={search} onOpen={open} />}
      {search.trim() === '' && trail.length > 0 && (
        <button type="button" class="back" onClick={() => onTrail(trail.slice(0, -1))}>
          Back to {trail.at(-2)?.type ?? 'the beginning'}
        </button>
      )}
      {search.trim() === '' && type === undefined && <Roots schema={schema} onOpen={open} />}
      {search.trim() === '' && type !== undefined && (
        <TypeDocs type={type} field={place?.field} onOpen={(name) => open({ type: name })} />
      )}
    </div>
  );
}

interface OpenProps {
  readonly schema: GraphQLSchema;
  readonly onOpen: (place: DocsPlace) => void;
}

function Results({ schema, search, onOpen }: OpenProps & { readonly search: string }) {
  const found = searchSchema(schema, search);
  if (found.length === 0) return <p role="status">Nothing has that in its name.</p>;
  return (
    <ul class="found">
      {found.map(({ type, field }) => (
        <li key={`${type}.${field}`}>
          <button type="button" class="link" onClick={() => onOpen({ type, field })}>
            {field === undefined ? type : `${type}.${field}`}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Roots({ schema, onOpen }: OpenProps) {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const others = Object.keys(schema.getTypeMap()).filter(
    (name) => !name.startsWith('__') && roots.every((root) => root?.name !== name),
  );
  const list = (names: readonly string[]) => (
    <ul class="found">
      {names.map((name) => (
        <li key={name}>
          <button type="button" class="link" onClick={() => onOpen({ type: name })}>
            {name}
          </button>
        </li>
      ))}
    </ul>
  );
  return (
    <>
      <h3>Where operations begin</h3>
      {list(roots.flatMap((root) => root?.name ?? []))}
      <h3>All types</h3>
      {list(others.sort())}
    </>
  );
}
