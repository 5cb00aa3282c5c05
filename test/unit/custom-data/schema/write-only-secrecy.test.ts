/**
 * Nothing of a field that users do not see can be guessed: for two documents that differ in such fields only, in
 * their values, their places or in there being any, every answer is the same. Answers carry a revision besides,
 * of which docs/schema.md says what it tells.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WriteChange } from '../../../../src/custom-data/write.ts';
import { isGatewayError } from '../../../../src/errors.ts';
import type { Document } from '../../../../src/values/documents.ts';
import { OLD, setUp, USER_ID } from '../../../support/custom-data.ts';
import {
  anyChange as change,
  hideFields as hide,
  secretNumbers as secrets,
  seenDocument as seen,
  UNSEEN_SCHEMA,
} from '../../../support/unseen-fields.ts';

/** A user's document and everything that the user is told. */
function openWorld(document: Document) {
  const { customData, collection } = setUp(
    [{ _id: OLD, userId: USER_ID, ...document }],
    'userId',
    UNSEEN_SCHEMA,
  );
  return {
    stored: () => collection.documents[0]?.document ?? {},
    /** As text: the order of fields is seen too. */
    async ask(request: WriteChange): Promise<string> {
      const told = await customData.write(USER_ID, request).then(
        ({ snapshot: { data }, result }) => ({ data, result }),
        (error: unknown) => {
          if (!isGatewayError(error)) throw error;
          return { code: error.code, details: error.details, message: error.message };
        },
      );
      return JSON.stringify([told, await customData.readVisible(USER_ID)]);
    },
    revision: async () => (await customData.readSnapshot(USER_ID)).revision,
  };
}

test('for two documents that look the same every answer to any writes is the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[seen, secrets, secrets, fc.array(change, { minLength: 1, maxLength: 3 })],
      async (document, one, two, requests) => {
        const worlds = [openWorld(hide(document, one)), openWorld(hide(document, two))] as const;
        for (const request of requests) {
          const [left, right] = [await worlds[0].ask(request), await worlds[1].ask(request)];
          expect(right).toBe(left);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

/** Whether a change names a field that users may write and not see. */
function namesUnseen(request: WriteChange): boolean {
  return /"(pin|code|vault)"|\/(pin|code|vault)"|\/code"/.test(JSON.stringify(request));
}

test('the revision moves with what is seen, unless a write names what is not', async () => {
  await fc.assert(
    fc.asyncProperty(seen, secrets, secrets, change, async (document, one, two, request) => {
      fc.pre(!namesUnseen(request));
      const moved = async (world: ReturnType<typeof openWorld>) => {
        const before = await world.revision();
        await world.ask(request);
        return (await world.revision()) !== before;
      };
      expect(await moved(openWorld(hide(document, two)))).toBe(
        await moved(openWorld(hide(document, one))),
      );
    }),
    { numRuns: 2000 },
  );
});

test('what users may not write stays, and so does what they do not name', async () => {
  const unseen = ({ pin, risk, vault, box, plan }: Document) => {
    const { code, risk: inner, deep } = (box ?? {}) as Document;
    return { pin, risk, vault, plan, code, inner, deepCode: ((deep ?? {}) as Document).code };
  };
  await fc.assert(
    fc.asyncProperty(seen, secrets, change, async (document, one, request) => {
      const world = openWorld(hide(document, one));
      const before = unseen(world.stored());
      await world.ask(request);
      const { risk, plan, inner, vault, ...named } = unseen(world.stored());
      expect({ risk, plan, inner }).toEqual({
        ...{ risk: before.risk, plan: before.plan, inner: before.inner },
      });
      expect(((vault ?? {}) as Document).seal).toBe(((before.vault ?? {}) as Document).seal);
      if (namesUnseen(request)) return;
      const { risk: _r, plan: _p, inner: _i, ...kept } = before;
      expect({ ...named, vault }).toEqual(kept);
    }),
    { numRuns: 2000 },
  );
});
