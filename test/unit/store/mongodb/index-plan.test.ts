import { describe, expect, test } from '@jest/globals';
import { type ExistingIndex, planIndexes } from '../../../../src/store/mongodb/index-plan.ts';

const unique = { name: 'c', unique: ['u'] };
const existing = (index: Partial<ExistingIndex>): ExistingIndex[] => [
  { name: 'some', key: { u: 1 }, ...index },
];
const PRESENT = { u: { $exists: true } };

/** Whether the plan leaves the collection as it is. */
function isServed(index: Partial<ExistingIndex>): boolean {
  const [step] = planIndexes(unique, existing(index));
  return step?.isMissing === false && step.obsolete.length === 0;
}

describe('planning indexes', () => {
  test('nothing is asked for on "_id", which MongoDB refuses with 197', () => {
    const definition = { name: 'c', unique: ['_id'], indexes: ['_id'], expiresAt: '_id' };
    expect(planIndexes(definition, [])).toEqual([]);
  });

  test.each([
    ['unique over the documents that have the field', { partialFilterExpression: PRESENT }],
    ['unique and sparse', { sparse: true }],
    ['unique over all documents, made by the operator', {}],
  ])('an index that is %s serves', (_form, options) => {
    expect(isServed({ unique: true, ...options })).toBe(true);
  });

  test.each([
    ['not unique', {}],
    ['unique over some documents', { unique: true, partialFilterExpression: { v: 1 } }],
    ['compound', { unique: true, key: { u: 1, v: 1 } }],
    ['unique as 0.1.0 made it', { unique: true, name: 'u_1_unique' }],
  ])('an index that is %s does not', (_form, options) => {
    expect(isServed(options)).toBe(false);
  });

  test('what 0.1.0 made, and what stood in for it, goes once there is a better one', () => {
    const indexes = [
      ...existing({ unique: true, partialFilterExpression: PRESENT }),
      ...existing({ unique: true, name: 'u_1_unique' }),
      ...existing({ name: 'u_1_plain' }),
      ...existing({ name: 'u_1' }),
    ];
    expect(planIndexes(unique, indexes)).toMatchObject([
      { isMissing: false, obsolete: ['u_1_unique', 'u_1_plain'] },
    ]);
  });

  test('a partial index finds nobody who lacks what it is of', () => {
    const plain = { name: 'c', indexes: ['u'] };
    expect(planIndexes(plain, existing({ partialFilterExpression: PRESENT }))).toMatchObject([
      { isMissing: true, isFindable: false },
    ]);
  });

  test.each([
    [0, false],
    [60, true],
  ])('an index that lets documents expire after %d s: missing is %s', (seconds, isMissing) => {
    const definition = { name: 'c', expiresAt: 'u' };
    const indexes = existing({ expireAfterSeconds: seconds });
    expect(planIndexes(definition, indexes)).toMatchObject([{ isMissing }]);
  });
});
