/** Objects whose members are made when they are first asked for: who needs two of twenty parts makes two. */
import { remembering } from './values/remembering.ts';

/** How each member is made, of the object that it belongs to. */
export type Makers<Own, Made> = {
  readonly [Name in keyof Made]: (own: Own & Made) => Made[Name];
};

/** An own property, which a copy has too: it shares what was made. */
const MADE = Symbol('made');

/**
 * What makes such objects: of what many of them share, of what is given to one, and of members that are made once
 * each. Only what is given is its own, so a copy by `...` lacks the others. What is shared or given may not have the
 * name of a member.
 *
 * A request makes several of these out of dozens of parts. They are inherited, which takes a thirtieth of the time that
 * it takes to copy them.
 */
export function lazily<Shared extends object, Given extends object, Made extends object>(
  makers: Makers<Shared & Given, Made>,
): (shared: Shared, given: Given) => Shared & Given & Made {
  const members = {};
  for (const [name, make] of Object.entries<(own: Shared & Given & Made) => unknown>(makers)) {
    Object.defineProperty(members, name, {
      get(this: Shared & Given & Made & { readonly [MADE]: Record<string, unknown> }) {
        const made = this[MADE];
        if (!Object.hasOwn(made, name)) made[name] = make(this);
        return made[name];
      },
    });
  }
  const classOf = remembering((shared: Shared) =>
    createClass<Given>(Object.assign(Object.create(members), shared)),
  );
  return (shared, given) => new (classOf(shared))(given) as Shared & Given & Made;
}

function createClass<Given extends object>(prototype: object): new (given: Given) => object {
  const Own = class {
    readonly [MADE] = {};

    constructor(given: Given) {
      Object.assign(this, given);
    }
  };
  Object.setPrototypeOf(Own.prototype, prototype);
  return Own;
}
