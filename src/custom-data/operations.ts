/** Atomic operators on a document, addressed by JSON Pointer: all are applied or none. */

/** One operator as the client sent it: exactly one member is present; values are JSON. */
export interface CustomDataOperation {
  readonly set?: OperationWithValue | null;
  readonly unset?: { readonly path: string } | null;
  readonly increment?: { readonly path: string; readonly by: unknown } | null;
  readonly append?: OperationWithValue | null;
  readonly addToSet?: OperationWithValue | null;
  readonly pull?: OperationWithValue | null;
}

/** A JSON Pointer (RFC 6901) and a JSON value, Extended JSON included. */
export interface OperationWithValue {
  readonly path: string;
  readonly value: unknown;
}
