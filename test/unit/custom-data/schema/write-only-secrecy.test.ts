/**
 * Nothing of a field that users do not see can be guessed: for two documents that differ in such fields only, in
 * their values, their places or in there being any, every answer is the same. Answers carry a revision besides,
 * of which docs/schema.md says what it tells.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WriteChange } from '../../../../src/custom-data/custom-data.ts';
import { createCustomDataSchema } from '../../../../src/custom-data/schema/custom-data-schema.ts';
import { projectDocument } from '../../../../src/custom-data/schema/projection.ts';
import { WRITE_MODES } from '../../../../src/custom-data/write-mode.ts';
import { isGatewayError } from '../../../../src/errors.ts';
import type { Document } from '../../../../src/store/port.ts';
import { OLD, setUp, USER_ID } from '../../../support/custom-data.ts';

const text = { type: 'string', maxLength: 2 };
const writeOnly = { ...text, writeOnly: true };
const hidden = { ...writeOnly, readOnly: true };
const object = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest });

const SCHEMA = createCustomDataSchema(
  object(
    {
      shown: text,
      pin: writeOnly,
      risk: hidden,
      box: object({
        a: text,
        code: writeOnly,
        risk: hidden,
        seen: { ...text, readOnly: true },
        deep: object({ code: writeOnly, b: text }, { maxProperties: 1 }),
      }),
      vault: object({ word: text, seal: { ...text, readOnly: true } }, { writeOnly: true }),
      plan: object({ level: text, risk: writeOnly }, { readOnly: true }),
    },
    { required: ['pin', 'box'], maxProperties: 5 },
  ),
  { userIdField: 'userId' },
);

const value = fc.constantFrom('x', 'y');

/** A document, its fields in any order. */
function fields(members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Document> {
  const names = fc.shuffledSubarray(Object.keys(members), { minLength: 0 });
  return fc
    .tuple(names, fc.record(members))
    .map(([order, all]) => Object.fromEntries(order.map((name) => [name, all[name]])));
}

/** What the user sees of a document: no empty object stands where fields may be hidden. */
const seen: fc.Arbitrary<Document> = fields({
  shown: value,
  other: value,
  box: fields({ a: value, seen: value, deep: fields({ b: value }) }),
  plan: fields({ level: value }),
}).map((document) => projectDocument(document, SCHEMA.root, 'user'));

/** Numbers of which each says whether a field is there, what is in it and where it stands. */
const secrets = fc.array(fc.nat(9), { minLength: 8, maxLength: 8 });

/** The document with fields that the user does not see. */
function hide(document: Document, numbers: readonly number[]): Document {
  const left = [...numbers];
  const insert = (into: Document, name: string, make: () => unknown): Document => {
    const number = left.shift() ?? 0;
    if (number < 3) return into;
    const entries = Object.entries(into);
    entries.splice(number % (entries.length + 1), 0, [name, make()]);
    return Object.fromEntries(entries);
  };
  const secret = () => ['x', 'y', 'z'][(left[0] ?? 0) % 3];
  const within = (into: Document, name: string, change: (inner: Document) => Document) => {
    const inner = change((into[name] ?? {}) as Document);
    if (Object.hasOwn(into, name)) return { ...into, [name]: inner };
    return Object.keys(inner).length === 0 ? into : insert(into, name, () => inner);
  };
  let result = within(document, 'box', (box) => {
    const coded = insert(insert(box, 'code', secret), 'risk', secret);
    return within(coded, 'deep', (deep) => insert(deep, 'code', secret));
  });
  result = within(result, 'plan', (plan) => insert(plan, 'risk', secret));
  result = insert(insert(result, 'pin', secret), 'risk', secret);
  return insert(result, 'vault', () => ({ seal: secret(), word: 'x' }));
}

const leaf = fc.oneof(value, fc.constantFrom(null, 1, 'too long'));
const inner = fields({
  ...{ a: leaf, code: leaf, risk: leaf, seen: leaf, word: leaf, seal: leaf, level: leaf },
  deep: fc.oneof(leaf, fields({ b: leaf, code: leaf })),
});
const any = fc.oneof(leaf, inner, fc.array(leaf, { maxLength: 1 }));
const NAMES = ['shown', 'other', 'pin', 'risk', 'box', 'vault', 'plan'];
const path = fc.oneof(
  fc.constantFrom(...NAMES.map((name) => `/${name}`)),
  fc.constantFrom(
    ...['/box/a', '/box/code', '/box/code', '/box/risk', '/box/seen', '/box/deep'],
    ...['/box/deep/b', '/box/deep/code', '/box/deep/code', '/vault/word', '/pin/x'],
  ),
);
const operation = fc.oneof(
  fc.record({ set: fc.record({ path, value: any }) }),
  fc.record({ set: fc.record({ path, value }) }),
  fc.record({ unset: fc.record({ path }) }),
  fc.record({ unset: fc.record({ path }) }),
  fc.record({ append: fc.record({ path, value }) }),
  fc.record({ addToSet: fc.record({ path, value }) }),
  fc.record({ pull: fc.record({ path, value }) }),
  fc.record({ increment: fc.record({ path, by: fc.constant(1) }) }),
);
const change = fc.oneof(
  fc.record({
    newCustomUserData: fields(Object.fromEntries(NAMES.map((name) => [name, any]))),
    mode: fc.constantFrom(...WRITE_MODES),
  }),
  fc.record({ operations: fc.array(operation, { minLength: 1, maxLength: 3 }) }),
) as fc.Arbitrary<WriteChange>;

/** A user's document and everything that the user is told. */
function openWorld(document: Document) {
  const { customData, collection } = setUp(
    [{ _id: OLD, userId: USER_ID, ...document }],
    'userId',
    SCHEMA,
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
