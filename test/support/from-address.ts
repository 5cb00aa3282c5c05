/** Requests that reach a gateway by a proxy, from whatever address a test says. */
import { type GraphQLAnswer, readAnswer } from './graphql-client.ts';

/** Sends a GraphQL operation with this `X-Forwarded-For`. */
export async function sendFrom(
  url: string,
  forwardedFor: string,
  query: string,
  variables: object = {},
): Promise<GraphQLAnswer> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor };
  const body = JSON.stringify({ query, variables });
  return readAnswer(await fetch(`${url}/graphql`, { method: 'POST', headers, body }));
}

/** An answer of the App Services protocol. */
export interface RealmAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends to the App Services protocol with this `X-Forwarded-For`; `path` is below the app's `/auth/providers`. */
export async function postRealmFrom(
  url: string,
  forwardedFor: string,
  path: string,
  body: object,
): Promise<RealmAnswer> {
  const response = await fetch(`${url}/api/client/v2.0/app/myapp-abcde/auth/providers${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : JSON.parse(text),
  };
}
