/** How a filter becomes a test of documents: the logical operators, and operators on fields by name. */
import { type Document, isPlainObject } from '../../values/documents.ts';

/** Whether a document passes. */
export type Test = (document: Document) => boolean;

/** Compiles a condition that is part of another, with the same operators. */
export type Compile = (condition: unknown) => Test;

/** Makes the test of a field, or of the whole document for `$expr`. `operand` has been through BSON. */
export type QueryOperator = (path: string, operand: unknown, compile: Compile) => Test;

/** Operators by name. */
export type QueryOperators = Readonly<Record<string, QueryOperator>>;

/** Whether `value` is a document of operators such as `{ $in: […] }`. */
export function hasOperators(value: unknown): value is Document {
  return isPlainObject(value) && Object.keys(value)[0]?.startsWith('$') === true;
}

/** Operators at the top of a filter that are about the document as a whole. */
const WHOLE: ReadonlySet<string> = new Set(['$expr']);

/** Compiles a condition. Fails with an `Error` for an operator that is not among them. */
export function compileCondition(condition: unknown, operators: QueryOperators): Test {
  if (!isPlainObject(condition)) throw new Error('A filter must be a document');
  const compile: Compile = (inner) => compileCondition(inner, operators);
  const tests = Object.entries(condition).map(([name, operand]) => {
    if (!name.startsWith('$')) return compileField(name, operand, operators, compile);
    const logic = Object.hasOwn(LOGIC, name) ? LOGIC[name] : undefined;
    if (logic !== undefined) return logic(listOf(name, operand).map(compile));
    if (WHOLE.has(name)) return operatorOf(name, operators)('', operand, compile);
    throw new Error(`unknown top level operator: ${name}`);
  });
  return all(tests);
}

/** The test that passes what all of them pass. */
export const all = (tests: readonly Test[]): Test => {
  return (document) => tests.every((test) => test(document));
};
const any = (tests: readonly Test[]): Test => {
  return (document) => tests.some((test) => test(document));
};
/** The test that passes what another does not. */
export const not = (test: Test): Test => {
  return (document) => !test(document);
};

const LOGIC: Readonly<Record<string, (tests: readonly Test[]) => Test>> = {
  $and: all,
  $or: any,
  $nor: (tests) => not(any(tests)),
};

function listOf(name: string, operand: unknown): readonly unknown[] {
  if (Array.isArray(operand) && operand.length > 0) return operand;
  throw new Error(`The operator "${name}" takes an array of filters`);
}

/** The test of a field: equality, a pattern, or operators that must all hold. */
function compileField(
  path: string,
  condition: unknown,
  operators: QueryOperators,
  compile: Compile,
): Test {
  if (condition instanceof RegExp) return operatorOf('$regex', operators)(path, condition, compile);
  if (!hasOperators(condition)) return operatorOf('$eq', operators)(path, condition, compile);
  const tests = Object.entries(withPattern(condition)).map(([name, operand]) => {
    if (name !== '$not') return operatorOf(name, operators)(path, operand, compile);
    if (operand instanceof RegExp || hasOperators(operand)) {
      return not(compileField(path, operand, operators, compile));
    }
    throw new Error('The operator "$not" takes operators or a pattern');
  });
  return all(tests);
}

/** `$options` belongs to `$regex`, whose text and options make one pattern. */
function withPattern(condition: Document): Document {
  const { $options, ...others } = condition;
  const { $regex } = others;
  if ($regex === undefined) return condition;
  const { flags, source } = $regex instanceof RegExp ? $regex : new RegExp(String($regex));
  return {
    ...others,
    $regex: new RegExp(source, $options === undefined ? flags : String($options)),
  };
}

function operatorOf(name: string, operators: QueryOperators): QueryOperator {
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator === undefined) throw new Error(`unknown query operator ${name}`);
  return operator;
}
