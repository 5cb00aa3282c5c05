/** What App Services functions find on BSON values beside the methods of the `bson` library. */
import type { GuestBson } from '../guest-bson.ts';

/** Adds the methods to the classes of a copy of the library. */
export type AddBsonMethods = (bson: GuestBson) => void;

/**
 * The text that makes an `AddBsonMethods`, to be evaluated in the context of the library: its functions must be
 * of the context too, so that what is done to them ends with it.
 */
export const BSON_METHODS_SOURCE = `(${addBsonMethods.toString()})`;

function addBsonMethods({ Binary, Long, Timestamp }: GuestBson): void {
  type Bytes = InstanceType<typeof Binary>;
  type Integer = InstanceType<typeof Long>;

  function add(target: object, members: object): void {
    for (const name of Reflect.ownKeys(members)) {
      const value: unknown = Reflect.get(members, name);
      Object.defineProperty(target, name, { value, configurable: true, writable: true });
    }
  }

  add(Binary, {
    fromHex: (hex: string, subType?: number) => Binary.createFromHexString(hex, subType),
    fromBase64: (base64: string, subType?: number) => Binary.createFromBase64(base64, subType),
  });
  add(Binary.prototype, {
    text(this: Bytes) {
      return this.toString('utf8');
    },
    toHex(this: Bytes) {
      return this.toString('hex');
    },
    toBase64(this: Bytes) {
      return this.toString('base64');
    },
  });
  // Clients send any integer as int64, so it must add and compare like the number it is to them.
  add(Long.prototype, {
    valueOf(this: Integer) {
      return this.toNumber();
    },
    [Symbol.toPrimitive](this: Integer, hint: string) {
      return hint === 'string' ? this.toString() : this.toNumber();
    },
    toJSON(this: Integer) {
      return this.toNumber();
    },
  });
  // A timestamp inherits from `Long`, but it is no number: most would lose their increment.
  add(Timestamp.prototype, {
    valueOf: Object.prototype.valueOf,
    [Symbol.toPrimitive]: undefined,
  });
}
