import { describe, expect, test } from '@jest/globals';
import { createClient } from '../../../../src/store/mongodb/client.ts';

describe('creating a client', () => {
  test.each([
    'mongodb://',
    'mongodb://host/?unknownOption=1',
    'mongodb://a,b/?directConnection=true',
  ])('refuses the URI %s at once', (uri) => {
    expect(() => createClient(uri, 1000, false)).toThrow(/^The MongoDB URI cannot be used/);
  });

  test('never quotes credentials', () => {
    const create = () => createClient('mongodb://user:pa%ss@host/?unknownOption=1', 1000, false);
    expect(create).toThrow(/^The MongoDB URI cannot be used$/);
  });

  test('asks for majority writes and reads of the primary, and leaves retrying to the URI', () => {
    const { options } = createClient('mongodb://host/?w=1&retryWrites=false', 1000, false);
    expect(options.writeConcern).toMatchObject({ w: 'majority', wtimeout: 1000 });
    expect(options.readPreference.mode).toBe('primary');
    expect(options.retryWrites).toBe(false);
    expect(createClient('mongodb://host/', 1000, false).options.retryWrites).toBe(true);
  });

  describe('sizes the pool', () => {
    const poolOf = (query: string) => {
      const { maxIdleTimeMS, maxPoolSize, minPoolSize, waitQueueTimeoutMS } = createClient(
        `mongodb://host/${query}`,
        1000,
        false,
      ).options;
      return { maxIdleTimeMS, maxPoolSize, minPoolSize, waitQueueTimeoutMS };
    };
    const pool = { maxPoolSize: 50, minPoolSize: 0, maxIdleTimeMS: 120_000 };

    test('as docs/databases.md says; nobody waits for a connection longer than for a half', () => {
      expect(poolOf('')).toEqual({ ...pool, waitQueueTimeoutMS: 500 });
      expect(poolOf('?retryWrites=false')).toEqual({ ...pool, waitQueueTimeoutMS: 500 });
    });

    test.each([
      ['maxPoolSize', 7],
      ['minPoolSize', 3],
      ['maxIdleTimeMS', 1],
      ['waitQueueTimeoutMS', 90],
    ])('but for what the URI says of %s, in any case of letters', (name, value) => {
      const expected = { ...pool, waitQueueTimeoutMS: 500, [name]: value };
      for (const written of [name, name.toLowerCase()]) {
        expect(poolOf(`?w=1&${written}=${value}`)).toEqual(expected);
      }
    });
  });
});
