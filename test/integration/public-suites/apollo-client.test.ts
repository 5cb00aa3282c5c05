import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { SetContextLink } from '@apollo/client/link/context';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const ME = gql`{ me { id customData customDataRevision } }`;

describeOnEveryStore('a real Apollo client', (provideStore) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  afterAll(() => gateway.stop());

  test('logs in, reads, writes, reads the old and the new snapshot, refreshes', async () => {
    let token: string | undefined;
    const authorize = new SetContextLink(({ headers }) => ({
      headers: token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` },
    }));
    const client = new ApolloClient({
      link: ApolloLink.from([authorize, new HttpLink({ uri: `${gateway.url}/graphql` })]),
      cache: new InMemoryCache(),
      defaultOptions: { query: { fetchPolicy: 'no-cache' } },
    });
    // biome-ignore lint/suspicious/noExplicitAny: the answer as it came
    const mutate = async (text: string, variables = {}): Promise<any> =>
      (await client.mutate({ mutation: gql(text), variables })).data;
    // biome-ignore lint/suspicious/noExplicitAny: the answer as it came
    const me = async (): Promise<any> => (await client.query<any>({ query: ME })).data.me;

    const { logIn } = await mutate(
      'mutation { logIn(credentials: { anonymous: true }) { accessToken } }',
    );
    token = logIn.accessToken;
    expect((await me()).customData).toBeNull();

    const { writeCustomUserData } = await mutate(
      `mutation ($data: JSON!) { writeCustomUserData(newCustomUserData: $data) {
        accessToken user { id customData customDataRevision } } }`,
      { data: { theme: 'dark' } },
    );
    expect((await me()).customData).toBeNull();

    const { refreshCustomData } = await mutate('mutation { refreshCustomData { accessToken } }');
    token = refreshCustomData.accessToken;
    expect(await me()).toEqual(writeCustomUserData.user);
    client.stop();
  });
});
