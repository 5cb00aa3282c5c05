import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { toStored } from '../../../support/bson-bytes.ts';
import { merge, OLD, USER_ID } from '../../../support/custom-data.ts';
import { type Recorded, readAll, setUpRecorded } from '../../../support/recorded-data.ts';
import { PROFILE_SCHEMA } from '../../../support/schema.ts';

const schema = createCustomDataSchema(PROFILE_SCHEMA, { userIdField: 'userId' });

/** What an outsider writes: `hidden` decides about hidden fields alone. */
const outside = ({ role, hidden }: { role: string; hidden: number }): Document => ({
  ...{ _id: OLD, userId: USER_ID, role },
  plan: { level: 1, ...(hidden === 0 ? {} : { invoice: `CANARY-${hidden}` }) },
  ...(hidden === 0 ? {} : { fraud: { level: hidden, notes: 'CANARY' } }),
  address: { city: 'Rome', riskScore: hidden },
});

const state = fc.record({ role: fc.constantFrom('a', 'b'), hidden: fc.nat(3) });

/** The history as the user sees it, without what is different whenever bytes are. */
async function show({ gateway }: Recorded) {
  const revisions = await readAll(gateway);
  return revisions.map(({ revision, at, changes, ...shown }) => ({ ...shown, changes: changes() }));
}

async function replay(states: readonly { role: string; hidden: number }[], isDeleted: boolean) {
  const store = setUpRecorded({ schema });
  for (const one of states) {
    store.collection.documents[0] = toStored(outside(one));
    await store.gateway.readSnapshot(USER_ID);
  }
  await store.gateway.write(USER_ID, merge({ nickname: 'Ann' }));
  if (isDeleted) await store.gateway.delete(USER_ID);
  return store;
}

describe('hidden fields in the history', () => {
  test('nothing that users see depends on them, not even how many revisions there are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(state, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (states, isDeleted) => {
          const shown = await show(await replay(states, isDeleted));
          const bare = states.map(({ role }) => ({ role, hidden: 0 }));
          const expected = await show(await replay(bare, isDeleted));
          const comparable = (json: unknown) => JSON.stringify(json);
          expect(comparable(shown)).toBe(comparable(expected));
          expect(comparable(shown)).not.toMatch(/CANARY|fraud|riskScore|invoice/);
        },
      ),
    );
  });

  test('operators see them', async () => {
    const store = await replay(
      [
        { role: 'a', hidden: 1 },
        { role: 'a', hidden: 2 },
      ],
      false,
    );
    const revisions = await readAll(store.gateway, 'OPERATOR');
    expect(revisions).toHaveLength(3);
    expect(revisions[1]?.changes()?.map(({ path }) => path)).toStrictEqual([
      ...['/plan/invoice', '/fraud/level', '/address/riskScore'],
    ]);
  });

  test('a change that nobody can tell to be visible is not shown', async () => {
    const store = await replay([{ role: 'a', hidden: 1 }], false);
    const fraud = { notes: 'x'.repeat(3_000_000) };
    store.collection.documents[0] = toStored({ ...outside({ role: 'b', hidden: 1 }), fraud });
    expect(await readAll(store.gateway)).toHaveLength(2);
    expect(await readAll(store.gateway, 'OPERATOR')).toHaveLength(3);
  });
});
