/** `BSON`, with the spellings of App Services: classes that need no `new`, and a few names of its own. */
import type { GuestBson } from '../guest-bson.ts';
import type { Adopt } from '../membrane.ts';

type AnyClass = new (...args: never[]) => object;

/** Creates `BSON` from the library in the context of the call. */
export function createBsonGlobal({
  adopt,
  bson,
}: {
  readonly adopt: Adopt;
  readonly bson: GuestBson;
}): object {
  const { Binary, Decimal128, Long, Timestamp } = bson;
  return Object.assign(adopt({}) as object, {
    Binary: callable(Binary),
    BSONRegExp: callable(bson.BSONRegExp),
    BSONSymbol: callable(bson.BSONSymbol),
    Symbol: callable(bson.BSONSymbol),
    Code: callable(bson.Code),
    DBRef: callable(bson.DBRef),
    Decimal128: callable(Decimal128),
    Double: callable(bson.Double, (value: unknown = 0) => [value]),
    Int32: callable(bson.Int32, (value: unknown = 0) => [value]),
    Long: callable(Long, (low: unknown = 0, ...rest: unknown[]) => [low, ...rest]),
    ObjectId: callable(bson.ObjectId),
    ObjectID: callable(bson.ObjectId),
    UUID: callable(bson.UUID),
    // Two numbers were the order of App Services: the increment, then the seconds.
    Timestamp: callable(Timestamp, (low: unknown, high?: unknown) =>
      high === undefined ? [low] : [{ t: high, i: low }],
    ),
    // Values, not classes, as in `{ $lt: BSON.MaxKey }`.
    MaxKey: new bson.MaxKey(),
    MinKey: new bson.MinKey(),
    EJSON: bson.EJSON,
    serialize: bson.serialize,
    deserialize: bson.deserialize,
  });
}

/** The class, which may be called without `new` as well. */
function callable(
  target: AnyClass,
  toArguments: (...args: unknown[]) => unknown[] = (...args) => args,
): unknown {
  const construct = (args: unknown[]) => Reflect.construct(target, toArguments(...args)) as object;
  return new Proxy(target, {
    apply: (_target, _this, args: unknown[]) => construct(args),
    construct: (_target, args: unknown[]) => construct(args),
  });
}
