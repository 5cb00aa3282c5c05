/** `work`, which is done once for each object: for objects that do not change. */
export function remembering<Value extends object, Result>(work: (value: Value) => Result) {
  const known = new WeakMap<Value, { readonly result: Result }>();
  return (value: Value): Result => {
    const found = known.get(value);
    if (found !== undefined) return found.result;
    const result = work(value);
    known.set(value, { result });
    return result;
  };
}
