/** Writes through a gateway, predicted by the model: what is stored, answered or refused. */
import { expect } from '@jest/globals';
import { WRITE_MODES } from '../../../src/custom-data/write-mode.ts';
import { appendPointer, type JsonObject } from '../../../src/values/json.ts';
import { Misfit, type ModelOperation } from './reference.ts';
import { type Actor, keepReissued, pickToken, type Run, refreshCustomData } from './steps.ts';
import {
  isTooLarge,
  MODEL_OPERATIONS,
  type ModelUser,
  sendTo,
  storedHex,
  type TokenPayload,
  type World,
} from './world.ts';

/** What revision a write expects. */
export type Condition = 'none' | 'current' | 'held' | 'absent';

/** A mutation that writes: how to send it and what it makes of the document. */
export interface Mutation {
  readonly query: string;
  readonly variables: object;
  readonly next: (current: JsonObject | null) => JsonObject | null;
}

/** Sends a mutation and checks what it did. */
export function mutate(mutation: Mutation, condition: Condition): Run {
  return async (user, world, actor) => {
    const revision = await revisionFor(condition, user, world, actor);
    const before = await storedHex(world, user);
    const current = before === null ? null : world.revisions.get(before);
    const isConflict = revision !== null && revision !== (current ?? '');
    const next = isConflict ? 'REVISION_CONFLICT' : decide(() => mutation.next(user.document));
    if (typeof next === 'object' && !world.canHold(next)) return;
    const held = pickToken(user, actor);
    const answer = await sendTo(world, actor.gateway, mutation.query, {
      token: held.accessToken,
      variables: { ...mutation.variables, revision },
    });
    if (typeof next === 'object') {
      const payload = Object.values(answer.data)[0] as WrittenPayload;
      await applyWritten(world, user, next, payload, before);
      await keepReissued(world, user, held, payload, answer);
      return;
    }
    expect(answer).toMatchObject({ data: null, code: next });
    expect(await storedHex(world, user)).toBe(before);
    const facts = answer.errors?.[0]?.extensions;
    expect(facts?.currentRevision).toBe(isConflict ? current : undefined);
  };
}

/** The document that must follow, or the code with which the write must be refused. */
function decide(next: () => JsonObject | null): JsonObject | null | string {
  try {
    const document = next();
    return document !== null && isTooLarge(document) ? 'CUSTOM_DATA_TOO_LARGE' : document;
  } catch (error) {
    if (error instanceof Misfit) return 'BAD_USER_INPUT';
    throw error;
  }
}

async function applyWritten(
  world: World,
  user: ModelUser,
  next: JsonObject | null,
  { result }: WrittenPayload,
  before: string | null,
): Promise<void> {
  const wasThere = user.document !== null;
  if (!wasThere && next !== null) {
    user.identity = { _id: result.upsertedId, userId: String(user.id) };
  }
  user.document = next;
  const after = await storedHex(world, user);
  expect(result).toEqual(expectedResult(user, wasThere, before, after));
}

type WrittenPayload = TokenPayload & {
  readonly result: { readonly upsertedId: string };
};

function expectedResult(
  user: ModelUser,
  wasThere: boolean,
  before: string | null,
  after: string | null,
): object {
  const isDeleted = wasThere && after === null;
  const isMade = !wasThere && after !== null;
  return {
    matchedCount: wasThere && !isDeleted ? 1 : 0,
    modifiedCount: wasThere && !isDeleted && before !== after ? 1 : 0,
    upsertedId: isMade ? user.identity._id : null,
    deletedCount: isDeleted ? 1 : 0,
  };
}

async function revisionFor(
  condition: Condition,
  user: ModelUser,
  world: World,
  actor: Actor,
): Promise<string | null> {
  if (condition === 'none') return null;
  // Learns the revision of what an outside writer left, as a client would.
  await refreshCustomData(user, world, actor);
  if (condition === 'absent') return '';
  const token = condition === 'current' ? user.tokens.at(-1) : pickToken(user, actor);
  return token?.revision ?? '';
}

/** An operator as GraphQL takes it. */
export function toInput({ operator, path, value }: ModelOperation): object {
  const pointer = path.reduce(appendPointer, '');
  if (operator === 'unset') return { unset: { path: pointer } };
  return {
    [operator]: { path: pointer, ...(operator === 'increment' ? { by: value } : { value }) },
  };
}

/** Sends a field that no user may write, beside one that any may. */
export function writeHostile(field: string): Run {
  return async (user, world, actor) => {
    const before = await storedHex(world, user);
    const data = JSON.parse(`{"a":"changed",${JSON.stringify(field)}:"mine"}`);
    const mode = WRITE_MODES[actor.pick % WRITE_MODES.length];
    const answer = await sendTo(world, actor.gateway, MODEL_OPERATIONS.write, {
      token: pickToken(user, actor).accessToken,
      variables: { data, mode },
    });
    expect(answer).toMatchObject({ data: null, code: 'FIELD_NOT_WRITABLE' });
    expect(await storedHex(world, user)).toBe(before);
  };
}
