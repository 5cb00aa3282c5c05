/** Documents that look the same to their users and differ in what these do not see, and any writes of them. */
import fc from 'fast-check';
import { createCustomDataSchema } from '../../src/custom-data/schema/custom-data-schema.ts';
import { projectDocument } from '../../src/custom-data/schema/projection.ts';
import type { WriteChange } from '../../src/custom-data/write.ts';
import { WRITE_MODES } from '../../src/custom-data/write-mode.ts';
import type { Document } from '../../src/values/documents.ts';

const text = { type: 'string', maxLength: 2 };
const writeOnly = { ...text, writeOnly: true };
const hidden = { ...writeOnly, readOnly: true };
const object = (properties: object, rest: object = {}) => ({ type: 'object', properties, ...rest });

/** The file of a schema with fields of every kind, at the top and within objects. */
export const UNSEEN_SCHEMA_FILE = object(
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
);

/** Its schema. */
export const UNSEEN_SCHEMA = createCustomDataSchema(UNSEEN_SCHEMA_FILE, { userIdField: 'userId' });

const value = fc.constantFrom('x', 'y');

/** A document, its fields in any order. */
function fields(members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Document> {
  const names = fc.shuffledSubarray(Object.keys(members), { minLength: 0 });
  return fc
    .tuple(names, fc.record(members))
    .map(([order, all]) => Object.fromEntries(order.map((name) => [name, all[name]])));
}

/** What the user sees of a document: no empty object stands where fields may be hidden. */
export const seenDocument: fc.Arbitrary<Document> = fields({
  shown: value,
  other: value,
  box: fields({ a: value, seen: value, deep: fields({ b: value }) }),
  plan: fields({ level: value }),
}).map((document) => projectDocument(document, UNSEEN_SCHEMA.root, 'user'));

/** Numbers of which each says whether a field is there, what is in it and where it stands. */
export const secretNumbers = fc.array(fc.nat(9), { minLength: 8, maxLength: 8 });

/** The document with fields that the user does not see. */
export function hideFields(document: Document, numbers: readonly number[]): Document {
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
const wildOperation = fc.oneof(
  fc.record({ set: fc.record({ path, value: any }) }),
  fc.record({ unset: fc.record({ path }) }),
  fc.record({ append: fc.record({ path, value }) }),
  fc.record({ addToSet: fc.record({ path, value }) }),
  fc.record({ pull: fc.record({ path, value }) }),
  fc.record({ increment: fc.record({ path, by: fc.constant(1) }) }),
);
const wildDocument = fields(Object.fromEntries(NAMES.map((name) => [name, any])));

/** What the schema allows, most of the time. */
const tameDeep = fields({ b: value, code: value });
const tameBox = fields({ a: value, code: value, deep: tameDeep });
const tameVault = fields({ word: value });
const tameDocument = fields({
  ...{ shown: value, other: value, pin: value, box: tameBox, vault: tameVault },
});
const settable = fc.constantFrom(
  ...['/shown', '/other', '/pin', '/pin', '/box/a', '/box/code', '/box/code', '/box/deep/code'],
);
const removable = fc.oneof(settable, fc.constantFrom('/box', '/box/deep', '/box/deep/b', '/vault'));
const tameOperation = fc.oneof(
  fc.record({ set: fc.record({ path: settable, value }) }),
  fc.record({ set: fc.record({ path: fc.constant('/box'), value: tameBox }) }),
  fc.record({ set: fc.record({ path: fc.constant('/box/deep'), value: tameDeep }) }),
  fc.record({ set: fc.record({ path: fc.constant('/vault'), value: tameVault }) }),
  fc.record({ unset: fc.record({ path: removable }) }),
);

const mode = fc.constantFrom(...WRITE_MODES);
const operationsOf = (operation: fc.Arbitrary<unknown>) =>
  fc.record({ operations: fc.array(operation, { minLength: 1, maxLength: 3 }) });

/** A write of any mode or any operators, allowed or not. */
export const anyChange = fc.oneof(
  { weight: 3, arbitrary: fc.record({ newCustomUserData: tameDocument, mode }) },
  { weight: 3, arbitrary: operationsOf(tameOperation) },
  { weight: 1, arbitrary: fc.record({ newCustomUserData: wildDocument, mode }) },
  { weight: 1, arbitrary: operationsOf(wildOperation) },
) as fc.Arbitrary<WriteChange>;
