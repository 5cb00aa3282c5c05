import { beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import type { ClaimsPlan } from '../../../../src/graphql/claims-plan.ts';
import {
  createFoundAnswers,
  type FindAnswer,
} from '../../../../src/http/kept-answers/found-answers.ts';
import {
  createKeptAnswers,
  type KeptAnswers,
} from '../../../../src/http/kept-answers/kept-answers.ts';
import type { AskedOperation } from '../../../../src/http/kept-answers/known-operations.ts';
import type { AccessClaims } from '../../../../src/token/claims.ts';

const NOW = 1_800_000_000_000;
const EXPIRES_AT = NOW / 1000 + 60;
const ANN = { userId: 'ann', expiresAt: EXPIRES_AT } as AccessClaims;

const planOfId: ClaimsPlan = (caller) => ({ me: caller === null ? null : { id: caller.userId } });

function operationWith(plan: ClaimsPlan | null): AskedOperation {
  const schema = buildSchema('type Query { me: String }');
  const operation = { schema, document: parse('{ me }'), operationName: null, isQuery: true };
  const headers = ['content-type', 'application/json', 'content-length', '1'];
  return { operation, plan, headers, name: 'Me', variableValues: {} };
}

let answers: KeptAnswers;
let found: string[];
let verified: string[];
let known: AskedOperation | undefined;
let find: FindAnswer;

beforeEach(() => {
  answers = createKeptAnswers({ bytes: 100_000, now: () => NOW, withdrawals: () => 0 });
  [found, verified, known] = [[], [], operationWith(planOfId)];
  find = createFoundAnswers({
    answers,
    operations: { note: () => undefined, find: () => known },
    budgetBytes: 8000,
    onFound: (what) => found.push(what),
    tokens: {
      verifyAccessAtOnce(token) {
        verified.push(token);
        if (token === 'refused') throw new Error('refused');
        return token === 'ann' ? ANN : undefined;
      },
    },
  });
});

const ask = (token: string | null) =>
  find(
    answers.open({
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      body: '{ me }',
    }),
  );

describe('an operation with a plan', () => {
  const body = `${JSON.stringify({ data: { me: { id: 'ann' } } })}\n`;

  test('is answered from the claims of the token', () => {
    expect(ask('ann')).toEqual({
      answer: {
        body,
        headers: ['content-type', 'application/json', 'content-length', String(body.length)],
        facts: { userId: 'ann', operation: 'Me' },
      },
    });
    expect(found).toEqual(['operation']);
  });

  test('is kept for the token that asks again, until the token expires', () => {
    for (let time = 0; time < 3; time += 1) expect(ask('ann').answer?.body).toBe(body);
    expect(found).toEqual(['operation', 'operation', 'answer']);
    expect(verified).toEqual(['ann', 'ann']);
    const question = answers.open({ headers: { authorization: 'Bearer ann' }, body: '{ me }' });
    expect(answers.find(question)?.expiresAt).toBe(EXPIRES_AT * 1000);
  });

  test('is answered without a token, for good', () => {
    expect(ask(null).answer?.body).toBe(`${JSON.stringify({ data: { me: null } })}\n`);
    expect(answers.find(answers.open({ headers: {}, body: '{ me }' }))?.expiresAt).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test.each(['refused', 'unknown', 'no token'])(
    'is left to the long way for the token "%s", and not looked at twice on it',
    (token) => {
      for (let time = 0; time < 4; time += 1) expect(ask(token)).toEqual({});
      expect(found).toEqual([]);
      expect(verified.length).toBeLessThanOrEqual(2);
      expect(ask('ann').answer?.body).toBe(body);
    },
  );

  test('is left to the long way if the plan comes to an error', () => {
    known = operationWith(() => {
      throw new Error('a field fails');
    });
    expect(ask('ann')).toEqual({});
    expect(ask('ann')).toEqual({});
  });
});

test('an operation without a plan is to be executed, and its token is not looked at', () => {
  known = operationWith(null);
  expect(ask('ann')).toEqual({ asked: known });
  expect(verified).toEqual([]);
});

test('nothing is found of an operation that is not known', () => {
  known = undefined;
  expect(ask('ann')).toEqual({});
  expect(found).toEqual([]);
});
