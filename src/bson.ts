/**
 * The only file that imports `bson`. One copy of the library must serve the gateway and the driver:
 * the driver recognises BSON values by the class and version that made them.
 */
export {
  Binary,
  BSONError,
  BSONRegExp,
  BSONSymbol,
  Code,
  calculateObjectSize,
  DBRef,
  Decimal128,
  type DeserializeOptions,
  Double,
  deserialize,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  onDemand,
  serialize,
  Timestamp,
  UUID,
} from 'bson';
