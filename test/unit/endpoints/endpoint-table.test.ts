import { expect, test } from '@jest/globals';
import type { Endpoint } from '../../../src/endpoints/endpoint.ts';
import { createEndpointTable } from '../../../src/endpoints/endpoint-table.ts';

const define = (method: Endpoint['method'], route: string) => ({ method, route }) as Endpoint;
const TABLE = createEndpointTable([
  define('*', '/a'),
  define('GET', '/a'),
  define('PUT', '/b'),
  define('GET', '/b'),
]);

test('the endpoint of a method goes before that of any method', () => {
  expect(TABLE.find('/a', 'GET')).toEqual(define('GET', '/a'));
  expect(TABLE.find('/a', 'POST')).toEqual(define('*', '/a'));
  expect(TABLE.find('/b', 'POST')).toBeUndefined();
  expect(TABLE.find('/b/', 'GET')).toBeUndefined();
});

test('a route knows the methods of its endpoints', () => {
  expect(TABLE.methodsOf('/a')).toEqual(['DELETE', 'GET', 'PATCH', 'POST', 'PUT']);
  expect(TABLE.methodsOf('/b')).toEqual(['GET', 'PUT']);
  expect(TABLE.methodsOf('/c')).toEqual([]);
});
