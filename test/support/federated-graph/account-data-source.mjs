import { RemoteGraphQLDataSource } from '@apollo/gateway';

/** Passes on what the account subgraph knows the caller by, and reads its errors whatever their status is. */
export class AccountDataSource extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    for (const name of ['authorization', 'user-agent', 'x-forwarded-for']) {
      const value = context.headers?.[name];
      if (value !== undefined) request.http.headers.set(name, value);
    }
  }

  fetcher = async (url, init) => {
    const response = await fetch(url, init);
    const { headers, status, statusText } = response;
    const text = await response.text();
    const isGraphQL = /json/.test(headers.get('content-type')) && 'errors' in JSON.parse(text);
    return new Response(text, isGraphQL ? { headers } : { headers, status, statusText });
  };
}
