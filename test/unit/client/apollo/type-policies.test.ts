import { gql, InMemoryCache } from '@apollo/client';
import { expect, test } from '@jest/globals';
import { typePolicies } from '../../../../client/src/apollo/index.ts';

test('queries of different fields of the typed document lose nothing of one another', () => {
  const cache = new InMemoryCache({ typePolicies });
  const write = (field: string, value: unknown) => {
    const customUserData = { __typename: 'CustomUserData', [field]: value };
    const me = { __typename: 'User', id: 'u1', customUserData };
    cache.writeQuery({ query: gql(`{ me { id customUserData { ${field} } } }`), data: { me } });
  };
  write('theme', 'dark');
  write('language', 'en');
  write('theme', 'light');
  const query = gql`{ me { customUserData { theme language } } }`;
  expect(cache.readQuery({ query })).toMatchObject({
    me: { customUserData: { theme: 'light', language: 'en' } },
  });
});
