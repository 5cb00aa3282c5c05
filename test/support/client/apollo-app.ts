/** An app with Apollo Client at a real gateway. */
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, Observable } from '@apollo/client';
import {
  createSessionLink,
  type SessionLinkOptions,
  typePolicies,
} from '../../../client/src/apollo/index.ts';
import { createGatewayTabs } from './gateway-tabs.ts';

export const ME = gql`query Me { me { id customData } }`;

interface Seen {
  readonly query: string;
  readonly headers: Headers;
}

/** How it is made. */
export interface ApolloAppOptions {
  readonly url: string;
  readonly now: () => number;
  readonly options: SessionLinkOptions;
  /** Sent with every request. */
  readonly headers: Record<string, string>;
}

/** An app: a session, a client, and everything that went over the network or through the links before ours. */
export function openApolloApp({ url, now, options, headers }: ApolloAppOptions) {
  const { session, events } = createGatewayTabs(() => url, { now }).open();
  const seen: Seen[] = [];
  const passed: unknown[] = [];
  const faults: { fetch?: () => Promise<Response> } = {};
  const http = new HttpLink({
    uri: `${url}/graphql`,
    headers,
    fetch: async (address, init) => {
      seen.push({
        query: JSON.parse(String(init?.body)).query,
        headers: new Headers(init?.headers),
      });
      return faults.fetch === undefined ? fetch(address, init) : faults.fetch();
    },
  });
  const before = new ApolloLink((operation, forward) => {
    passed.push(operation.query);
    return new Observable((observer) =>
      forward(operation).subscribe({
        next(result) {
          passed.push(operation.query, result);
          observer.next(result);
        },
        error: (error) => observer.error(error),
        complete: () => observer.complete(),
      }),
    );
  });
  const client = new ApolloClient({
    cache: new InMemoryCache({ typePolicies }),
    link: ApolloLink.from([before, createSessionLink(session, options), http]),
  });
  return { session, events, client, seen, passed, faults };
}

/** What a store shows of a user: the answer of `me` with a token. */
export async function readMe(client: ApolloClient) {
  const { data } = await client.query({ query: ME, fetchPolicy: 'network-only' });
  return (data as { readonly me: { readonly customData: object } | null }).me;
}
