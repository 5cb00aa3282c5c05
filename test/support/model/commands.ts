/** What may happen, in any order: arbitraries of the commands of the model test. */
import fc, { type AsyncCommand } from 'fast-check';
import { WRITE_MODES } from '../../../src/custom-data/write-mode.ts';
import { hostileField, modelDocument, modelOperations, outsideField } from './arbitraries.ts';
import { type Condition, mutate, toInput, writeHostile } from './mutations.ts';
import { deleteOutside, setOutside, writeInParallel } from './outside.ts';
import { update, write } from './reference.ts';
import { type Actor, logIn, me, type Run, refreshCustomData, refreshSession } from './steps.ts';
import { checkStore, MODEL_OPERATIONS, type Model, type ModelUser, type World } from './world.ts';

function command(name: string, details: unknown, actor: Actor, run: Run) {
  const text = `${name}(${JSON.stringify(details)}) by ${JSON.stringify(actor)}`;
  const made: AsyncCommand<Model, World> = {
    check: () => true,
    run: async (model, world) => {
      const user = model.users[actor.who % model.users.length] as ModelUser;
      if (user.tokens.length === 0) await logIn(user, world, actor);
      await run(user, world, actor);
      await checkStore(world, user);
    },
    toString: () => text,
  };
  return made;
}

const actor: fc.Arbitrary<Actor> = fc.record({
  // One user most of the time, so that what happens meets what happened.
  who: fc.constantFrom(0, 0, 0, 1, 2),
  gateway: fc.nat(1),
  pick: fc.nat(99),
});
const condition = fc.constantFrom<Condition[]>('none', 'none', 'none', 'current', 'held', 'absent');

function simple(name: string, run: Run) {
  return actor.map((by) => command(name, null, by, run));
}

const updates = fc.tuple(actor, modelOperations, condition).map(([by, operations, when]) =>
  command(
    'update',
    { operations, when },
    by,
    mutate(
      {
        query: MODEL_OPERATIONS.update,
        variables: { operations: operations.map(toInput) },
        next: (current) => update(current, operations),
      },
      when,
    ),
  ),
);

/** Arbitraries of the commands. */
export const MODEL_COMMANDS: fc.Arbitrary<AsyncCommand<Model, World>>[] = [
  simple('logIn', logIn),
  simple('refreshSession', refreshSession),
  simple('refreshCustomData', refreshCustomData),
  simple('me', me),
  simple('me', me),
  simple('deleteOutside', deleteOutside),
  simple('writeInParallel', writeInParallel),
  ...WRITE_MODES.map((mode) =>
    fc.tuple(actor, modelDocument, condition).map(([by, data, when]) =>
      command(
        mode,
        { data, when },
        by,
        mutate(
          {
            query: MODEL_OPERATIONS.write,
            variables: { data, mode },
            next: (current) => write(current, data, mode),
          },
          when,
        ),
      ),
    ),
  ),
  updates,
  updates,
  updates,
  fc
    .tuple(actor, condition)
    .map(([by, when]) =>
      command(
        'delete',
        { when },
        by,
        mutate({ query: MODEL_OPERATIONS.delete, variables: {}, next: () => null }, when),
      ),
    ),
  fc
    .tuple(actor, hostileField)
    .map(([by, field]) => command('hostile', field, by, writeHostile(field))),
  fc
    .tuple(actor, outsideField)
    .map(([by, [name, value]]) =>
      command('setOutside', { name, value }, by, setOutside(name, value)),
    ),
  actor.map((by) => command('setLargeOutside', null, by, setOutside('a', 'é'.repeat(6000)))),
];
