/** Objects whose members are made when they are first asked for: who needs two of twenty parts makes two. */

/** How each member is made, of the object that it belongs to. */
export type Makers<Given, Made> = {
  readonly [Name in keyof Made]: (own: Given & Made) => Made[Name];
};

/**
 * What makes such objects: of what it is given, and of members that are made once each. They are inherited,
 * so a copy by `...` lacks them. What is given may not have the name of one.
 */
export function lazily<Given extends object, Made extends object>(
  makers: Makers<Given, Made>,
): (given: Given) => Given & Made {
  const prototype = {};
  for (const [name, make] of Object.entries<(own: Given & Made) => unknown>(makers)) {
    Object.defineProperty(prototype, name, {
      get(this: Given & Made) {
        const value = make(this);
        Object.defineProperty(this, name, { value });
        return value;
      },
    });
  }
  return (given) => Object.assign(Object.create(prototype), given);
}
