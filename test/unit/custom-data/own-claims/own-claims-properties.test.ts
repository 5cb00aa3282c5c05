/** What holds of own claims for any template, any document and any write. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createOwnClaims,
  type OwnClaims,
} from '../../../../src/custom-data/own-claims/own-claims.ts';
import type { CustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import type { WriteChange } from '../../../../src/custom-data/write.ts';
import { isGatewayError } from '../../../../src/errors.ts';
import type { Document } from '../../../../src/values/documents.ts';
import type { JsonObject } from '../../../../src/values/json.ts';
import { setUp, USER_ID } from '../../../support/custom-data.ts';
import { objectSchema } from '../../../support/schema.ts';
import {
  AUDIENCE,
  createTestTokens,
  decodeToken,
  HOLDER,
  ISSUER,
} from '../../../support/test-tokens.ts';

const BUDGET = 60_000;

function tryToCreate(file: unknown, schema: CustomDataSchema | null): OwnClaims | null {
  try {
    return createOwnClaims(file, { schema, userIdField: 'userId', budgetBytes: BUDGET });
  } catch {
    return null;
  }
}

const RESERVED = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'sid', 'typ'];
const OURS = ['user_data', 'user_data_rev', 'user_data_at', 'user_data_bytes'];
const memberName = fc.oneof(
  fc.constantFrom(...RESERVED, ...OURS, '__proto__', 'constructor', 'role', 'toString', '0'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const path = fc
  .array(fc.constantFrom('a', 'b', '0', 'length', '__proto__', 'constructor'), { maxLength: 3 })
  .map((tokens) => tokens.map((token) => `/${token}`).join(''));
const leaf = fc.oneof(
  fc.record(
    { $path: path, default: fc.jsonValue(), isUserWritable: fc.constant(true) },
    { requiredKeys: ['$path', 'isUserWritable'] },
  ),
  fc.record({ $claim: fc.constantFrom(...RESERVED, ...OURS) }),
);
const { part } = fc.letrec<{ part: unknown }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.constantFrom(null, true, 1, 'text'),
    fc.array(tie('part'), { maxLength: 3 }),
    fc.dictionary(memberName, tie('part'), { maxKeys: 3 }),
  ),
}));
const template = fc.dictionary(memberName, part, { maxKeys: 4 });
const values = fc.option(fc.array(fc.option(fc.jsonValue(), { nil: undefined })));

test('a token says of itself what it says without own claims, and else what the template names', async () => {
  let make: OwnClaims['make'] = () => ({});
  const { tokens } = await createTestTokens({ makeOwnClaims: (...given) => make(...given) });
  const customData = { data: { a: 'b' }, revision: 'r', readAt: 1 };
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(template, values, async (file, ownValues) => {
      const own = tryToCreate(file, null);
      fc.pre(own !== null);
      accepted += 1;
      make = own?.make ?? make;
      const shown = ownValues === null ? { ownValues: null } : { ownValues: ownValues as [] };
      const { claims, token } = await tokens.issueAccess({
        ...HOLDER,
        customData: { ...customData, ...shown },
      });
      const { payload } = decodeToken(token);
      const { user_data, user_data_at, user_data_rev, ...others } = payload;
      expect({ user_data, user_data_at, user_data_rev }).toStrictEqual({
        user_data: customData.data,
        user_data_at: 1,
        user_data_rev: 'r',
      });
      expect(others).toMatchObject({ typ: 'access', sid: HOLDER.sessionId, sub: HOLDER.userId });
      expect(others).toMatchObject({ iss: ISSUER, aud: AUDIENCE, client_id: AUDIENCE });
      expect(others).toMatchObject({ exp: claims.expiresAt, jti: claims.tokenId });
      const names = Object.keys(others).filter((name) => !RESERVED.includes(name));
      expect(own?.names).toEqual(expect.arrayContaining(ownValues === null ? [] : names));
      if (ownValues === null) expect(names).toStrictEqual([]);
      expect(await tokens.verifyAccess(token)).toStrictEqual(claims);
      expect(claims.customData).toStrictEqual(customData);
    }),
    { numRuns: 150 },
  );
  expect(accepted).toBe(150);
});

const text = { type: 'string' };
const readOnly = { readOnly: true };
const SCHEMA = objectSchema({
  name: text,
  role: { ...text, ...readOnly },
  pin: { ...text, writeOnly: true },
  plan: { ...readOnly, type: 'object', properties: { level: text } },
  home: {
    type: ['object', 'null'],
    properties: {
      city: text,
      checked: readOnly,
      deep: { type: 'object', properties: { x: readOnly } },
    },
  },
  tags: { type: 'array' },
  roles: { ...readOnly, type: 'array', items: { type: 'object' } },
});

const NAMES = ['name', 'role', 'pin', 'plan', 'home', 'tags', 'roles', 'userId', '_id', 'other'];
const WITHIN = ['level', 'city', 'checked', 'deep', 'x', '0', 'length'];
const anyPath = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(fc.constantFrom(...WITHIN), { maxLength: 2 }))
  .map(([name, tokens]) => [name, ...tokens].map((token) => `/${token}`).join(''));

const scalar = fc.constantFrom<unknown>(null, 'text', 1, true, [], ['x'], {}, USER_ID);
const { object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalar,
    tie('object'),
    fc.array(tie('object'), { maxLength: 2 }),
  ),
  object: fc.dictionary(fc.constantFrom(...WITHIN), tie('value'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
}));
const fieldValue = fc.oneof(scalar, object, fc.array(object, { maxLength: 2 }));
const body = fc.dictionary(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('name', 'pin', 'home', 'tags', 'other') },
    { weight: 1, arbitrary: fc.constantFrom('role', 'plan', 'roles') },
  ),
  fieldValue,
  { maxKeys: 4, noNullPrototype: true },
);
const operation = fc.oneof(
  fc.record({ set: fc.record({ path: anyPath, value: fieldValue }) }),
  fc.record({ unset: fc.record({ path: anyPath }) }),
  fc.record({ append: fc.record({ path: anyPath, value: fieldValue }) }),
);
const change = fc.oneof(
  fc.record({
    newCustomUserData: body,
    mode: fc.constantFrom('MERGE' as const, 'REPLACE' as const, 'DEEP_MERGE' as const),
  }),
  fc.record({ operations: fc.array(operation, { minLength: 1, maxLength: 2 }) }),
) as fc.Arbitrary<WriteChange>;

test('no write of a user changes a claim that is not said to be made of what users write', async () => {
  const outcomes = { trusted: 0, written: 0 };
  const trials = fc.record({
    paths: fc.array(anyPath, { minLength: 1, maxLength: 8 }),
    document: fc.option(body),
    changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(trials, async ({ changes, document, paths }) => {
      const trusted = paths.filter((at) => tryToCreate({ a: { $path: at } }, SCHEMA) !== null);
      fc.pre(trusted.length > 0);
      const file = Object.fromEntries(trusted.map((at, index) => [`c${index}`, { $path: at }]));
      const own = tryToCreate(file, SCHEMA);
      const stored: Document[] = document === null ? [] : [{ userId: USER_ID, ...document }];
      const { customData } = setUp(stored, 'userId', SCHEMA, own);
      const claims = async (): Promise<JsonObject | undefined> => {
        const { ownValues } = await customData.readSnapshot(USER_ID);
        const made = own?.make(ownValues ?? [], {});
        // A first write makes the document, with the ids that are the user's.
        const ids = Object.entries(made ?? {}).filter(
          ([name]) => !/^\/(_id|userId)/.test(pathOf(name)),
        );
        return Object.fromEntries(ids);
      };
      const pathOf = (name: string) => trusted[Number(name.slice(1))] ?? '';
      const before = await claims();
      outcomes.trusted += trusted.length;
      for (const attempt of changes) {
        try {
          // Types keep nobody from a field.
          await customData.write(USER_ID, attempt, { isValidated: false });
          outcomes.written += 1;
        } catch (error) {
          if (!isGatewayError(error)) throw error;
        }
        expect(await claims()).toStrictEqual(before);
      }
    }),
    { numRuns: 300 },
  );
  // What is refused proves nothing.
  expect(outcomes.trusted).toBeGreaterThan(500);
  expect(outcomes.written).toBeGreaterThan(150);
});
