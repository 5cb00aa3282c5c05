import { expect, test } from '@jest/globals';
import type {
  AppDefinition,
  FunctionDefinition,
} from '../../../src/functions/app/app-definition.ts';
import { parseRule } from '../../../src/functions/app/rule-expression.ts';
import { SYSTEM_USER } from '../../../src/functions/function-user.ts';
import type { FunctionCall } from '../../../src/functions/functions.ts';
import { findCallable } from '../../../src/functions/may-call.ts';
import type { EndpointRequest } from '../../../src/session/operator-functions.ts';

const define = (name: string, more: Partial<FunctionDefinition>): FunctionDefinition => ({
  ...{ name, source: '', isPrivate: false, runAsSystem: true, rule: () => true },
  ...more,
});

const RULE = { '%%request.headers.x-secret-key': 'my-secret' };
const APP = {
  ...{ environment: { tag: '', values: {} }, values: {} },
  functions: new Map([
    ['hidden', define('hidden', { isPrivate: true })],
    ['ruled', define('ruled', { rule: parseRule(RULE, '', []) })],
  ]),
} as unknown as AppDefinition;

const find = (name: string, origin: FunctionCall['origin'], headers = {}) => {
  const request = { headers } as EndpointRequest;
  return findCallable(APP, { name, origin, args: [], user: SYSTEM_USER, request }).name;
};

test('a private function is there for endpoints and the gateway, and not for clients', () => {
  expect(find('hidden', 'endpoint')).toBe('hidden');
  expect(find('hidden', 'system')).toBe('hidden');
  expect(() => find('hidden', 'client')).toThrow(
    expect.objectContaining({ code: 'FUNCTION_NOT_FOUND' }),
  );
});

test('the rule of a function counts for endpoints, also for the system, as it does for clients', () => {
  for (const origin of ['endpoint', 'client'] as const) {
    expect(find('ruled', origin, { 'x-secret-key': 'my-secret' })).toBe('ruled');
    expect(() => find('ruled', origin)).toThrow(
      expect.objectContaining({ code: 'FUNCTION_NOT_ALLOWED' }),
    );
  }
  expect(find('ruled', 'system')).toBe('ruled');
});
