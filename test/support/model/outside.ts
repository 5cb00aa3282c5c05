/** Writers past the gateways, and everyone at once. */
import { expect } from '@jest/globals';
import { ObjectId } from '../../../src/bson.ts';
import { parseExtendedJson } from '../../../src/custom-data/extended-json-parse.ts';
import type { JsonValue } from '../../../src/values/json.ts';
import { type ModelOperation, update } from './reference.ts';
import { pickToken, type Run, refreshCustomData } from './steps.ts';
import { formsOf, isTooLarge, MODEL_OPERATIONS, sendTo } from './world.ts';

/** Someone with database access sets a field, under either form of the user id. */
export function setOutside(name: string, value: JsonValue): Run {
  return async (user, world, { pick }) => {
    if (!world.canHold(value)) return;
    const field = { [name]: parseExtendedJson(value) };
    if (user.document !== null) {
      await world.documents.updateOne({ ...formsOf(user) }, { $set: field });
      user.document = { ...user.document, [name]: value };
      return;
    }
    const id = String(user.id);
    const userId = pick % 2 === 0 ? id : new ObjectId(id);
    const { insertedId } = await world.documents.insertOne({ userId, ...field });
    user.document = { [name]: value };
    user.identity = { _id: String(insertedId), userId: pick % 2 === 0 ? id : { $oid: id } };
  };
}

/** Someone with database access deletes the document. */
export const deleteOutside: Run = async (user, world) => {
  await world.documents.deleteOne({ ...formsOf(user) });
  user.document = null;
};

const WRITERS = 6;

/** Users of both gateways and an outside writer at once: nothing is lost, one document is made. */
export const writeInParallel: Run = async (user, world, actor) => {
  if (user.document !== null && isTooLarge(user.document)) return;
  const token = pickToken(user, actor).accessToken;
  const writers = Array.from({ length: WRITERS }, (_, index) => index);
  const sending = writers.flatMap((index) => [
    sendTo(world, index, MODEL_OPERATIONS.write, {
      token,
      variables: { data: { [`p${index}`]: index }, mode: index % 3 === 0 ? 'DEEP_MERGE' : 'MERGE' },
    }),
    sendTo(world, index, MODEL_OPERATIONS.update, {
      token,
      variables: { operations: [{ increment: { path: '/count', by: 1 } }] },
    }),
  ]);
  const outside = world.documents.updateOne({ ...formsOf(user) }, { $set: { outside: true } });
  const answers = await Promise.all(sending);
  const { matchedCount } = await outside;
  expect(answers.map(({ code }) => code)).toEqual(answers.map(() => undefined));
  const upserted = answers.flatMap(({ data }) => {
    const { upsertedId } = (data.writeCustomUserData ?? data.updateCustomUserData).result;
    return upsertedId === null ? [] : [upsertedId];
  });
  expect(upserted).toHaveLength(user.document === null ? 1 : 0);
  if (user.document === null) user.identity = { _id: upserted[0], userId: String(user.id) };
  const increments = writers.map(
    (): ModelOperation => ({
      operator: 'increment',
      path: ['count'],
      value: { $numberInt: '1' },
    }),
  );
  user.document = {
    ...update(user.document, increments),
    ...Object.fromEntries(writers.map((index) => [`p${index}`, { $numberInt: String(index) }])),
    ...(matchedCount === 1 ? { outside: true } : {}),
  };
  await refreshCustomData(user, world, actor);
};
