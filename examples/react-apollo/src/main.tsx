import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { createSession } from 'custom-user-data-client';
import { createSessionLink, typePolicies } from 'custom-user-data-client/apollo';
import { SessionProvider } from 'custom-user-data-client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const gateway = new URLSearchParams(location.search).get('gateway') ?? 'http://127.0.0.1:4000';

const session = createSession({ url: gateway });
const link = createSessionLink(session).concat(new HttpLink({ uri: `${gateway}/graphql` }));
const client = new ApolloClient({ link, cache: new InMemoryCache({ typePolicies }) });

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <SessionProvider session={session}>
      <ApolloProvider client={client}>
        <App />
      </ApolloProvider>
    </SessionProvider>
  </StrictMode>,
);
