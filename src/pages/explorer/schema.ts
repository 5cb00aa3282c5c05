/** The schema of the gateway, as it answers to introspection. */
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
} from 'graphql';
import type { Failure } from '../shared/failure.ts';
import type { Reach } from '../shared/reach.ts';
import { send } from './send.ts';
import { ENDPOINT } from './settings.ts';

/** The schema, as far as it is there. */
export type SchemaState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly schema: GraphQLSchema }
  | { readonly kind: 'failed'; readonly error: Failure };

/** The schema, if it is there. */
export function knownSchema(state: SchemaState): GraphQLSchema | null {
  return state.kind === 'ready' ? state.schema : null;
}

interface Introspected {
  readonly data?: IntrospectionQuery | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

/** Reads it, as nobody: it is the same for everybody. Never rejects. */
export async function readSchema(reach: Pick<Reach, 'fetch'>): Promise<SchemaState> {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true });
  const { signal } = new AbortController();
  const answer = await send({ endpoint: ENDPOINT, reach, body: { query }, headers: {}, signal });
  if (answer.kind === 'failure') return { kind: 'failed', error: { message: answer.message } };
  const { data, errors } = (answer.value ?? {}) as Introspected;
  if (data) return { kind: 'ready', schema: buildClientSchema(data) };
  const [first] = errors ?? [];
  const code = first?.extensions?.code;
  const message = first?.message ?? `The gateway answered with status ${answer.status}`;
  return { kind: 'failed', error: { message, ...(code === undefined ? {} : { code }) } };
}
