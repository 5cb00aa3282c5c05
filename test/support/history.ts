/** The history over GraphQL, as tests read it. */
import type { GraphQLAnswer, SendOperation } from './graphql-client.ts';

const REVISION = `revision at writer deleted customData changes { path kind before after }`;

/** Operations on the history. */
export const HISTORY_OPERATIONS = {
  read: `query ($first: Int, $after: String) { me { customDataHistory(first: $first, after: $after) {
    edges { cursor node { ${REVISION} } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
  restore: `mutation ($revision: String!, $expectedRevision: String) {
    restoreCustomUserData(revision: $revision, expectedRevision: $expectedRevision) {
      accessToken customData user { customDataRevision } result { matchedCount modifiedCount } } }`,
} as const;

/** A revision as it came. */
export interface ShownRevision {
  readonly revision: string | null;
  readonly at: string;
  readonly writer: string;
  readonly deleted: boolean;
  readonly customData: Readonly<Record<string, unknown>> | null;
  readonly changes: readonly {
    readonly path: string;
    readonly kind: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
}

/** A page as it came. */
export interface ShownHistory {
  readonly edges: readonly { readonly cursor: string; readonly node: ShownRevision }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** Sends the query for one page. */
export function askHistory(
  send: SendOperation,
  token: string,
  variables: object = {},
): Promise<GraphQLAnswer> {
  return send(HISTORY_OPERATIONS.read, { token, variables });
}

/** One page; an error fails the test. */
export async function readHistory(
  send: SendOperation,
  token: string,
  variables: object = {},
): Promise<ShownHistory> {
  const { code, data } = await askHistory(send, token, variables);
  if (code !== undefined) throw new Error(`The history was refused: ${code}`);
  return data.me.customDataHistory as ShownHistory;
}

/** The revisions of the first page. */
export async function readRevisions(
  send: SendOperation,
  token: string,
  variables: object = {},
): Promise<readonly ShownRevision[]> {
  const { edges } = await readHistory(send, token, variables);
  return edges.map(({ node }) => node);
}
