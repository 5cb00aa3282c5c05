/**
 * Rule expressions of App Services, as far as `can_evaluate` of a function needs them: parsed once,
 * so that a rule the gateway does not understand stops the start instead of a call.
 */
import { type Document, isPlainObject } from '../../values/documents.ts';
import { areEqual, compareValues } from './rule-values.ts';

/** What a rule can look at: the expansions without their `%%`. */
export interface RuleFacts {
  readonly user: unknown;
  readonly args: readonly unknown[];
  readonly values: unknown;
  readonly environment: unknown;
  readonly request: unknown;
}

/** A rule: whether the call is allowed. */
export type Rule = (facts: RuleFacts) => boolean;

type Operand = (facts: RuleFacts) => unknown;
/** What is asked of one value. */
type Test = (value: unknown, facts: RuleFacts) => boolean;

const EXPANSIONS = ['user', 'args', 'values', 'environment', 'request'] as const;
const EXPANSION = new RegExp(`^%%(${EXPANSIONS.join('|')})((?:\\.[^.]+)*)$`);

/** What is true or false as it stands. */
const TRUTHS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['%%true', true],
  ['%%false', false],
]);

/** `%` and `$` mean the same before an operator. */
const COMPARISONS: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  eq: areEqual,
  ne: (value, operand) => !areEqual(value, operand),
  gt: (value, operand) => (compareValues(value, operand) ?? 0) > 0,
  gte: (value, operand) => (compareValues(value, operand) ?? -1) >= 0,
  lt: (value, operand) => (compareValues(value, operand) ?? 0) < 0,
  lte: (value, operand) => (compareValues(value, operand) ?? 1) <= 0,
  in: isIn,
  nin: (value, operand) => !isIn(value, operand),
};

/** Where the parser is, and where it reports what it does not understand. */
interface Place {
  readonly path: string;
  readonly problems: string[];
}

/**
 * Parses a rule. `path` says where it stands, for messages; what is not understood is added to
 * `problems`, and then the rule refuses.
 */
export function parseRule(json: unknown, path: string, problems: string[]): Rule {
  return parseExpression(json, { path, problems });
}

function parseExpression(json: unknown, place: Place): Rule {
  const truth = TRUTHS.get(json);
  if (truth !== undefined) return () => truth;
  if (!isPlainObject(json)) return refuse(place, 'must be an object, true or false');
  const rules = Object.entries(json).map(([key, value]) =>
    parseField(key, value, { ...place, path: `${place.path}.${key}` }),
  );
  return (facts) => rules.every((rule) => rule(facts));
}

/** One field of an expression. Several fields of one expression must all hold. */
function parseField(key: string, json: unknown, place: Place): Rule {
  const logic = parseLogic(operatorOf(key), json, place, parseExpression, 'a list of expressions');
  if (logic !== null) return logic;
  const expected = TRUTHS.get(key);
  if (expected !== undefined) {
    const operand = isPlainObject(json) ? parseExpression(json, place) : parseOperand(json, place);
    return (facts) => operand(facts) === expected;
  }
  const subject = parseExpansion(key);
  if (subject === null) return refuse(place, 'is no expansion or operator that is supported here');
  const test = parseTest(json, place);
  return (facts) => test(subject(facts), facts);
}

/** What is asked of the value of a field: equality, or operators that must all hold. */
function parseTest(json: unknown, place: Place): Test {
  if (!hasOperators(json)) {
    const operand = parseOperand(json, place);
    return (value, facts) => areEqual(value, operand(facts));
  }
  const tests = Object.entries(json).map(([key, value]) =>
    parseOperator(key, value, { ...place, path: `${place.path}.${key}` }),
  );
  return (value, facts) => tests.every((test) => test(value, facts));
}

function parseOperator(key: string, json: unknown, place: Place): Test {
  const operator = operatorOf(key) ?? '';
  const logic = parseLogic(operator, json, place, parseTest, 'a list');
  if (logic !== null) return logic;
  const operand = parseOperand(json, place);
  if (operator === 'exists') {
    return (value, facts) => (value !== undefined) === (operand(facts) === true);
  }
  const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (compare === undefined) return refuse(place, 'is no operator that is supported here');
  return (value, facts) => compare(value, operand(facts));
}

/** A literal, or the value of an expansion; lists and objects may hold expansions. */
function parseOperand(json: unknown, place: Place): Operand {
  const truth = TRUTHS.get(json);
  if (truth !== undefined) return () => truth;
  if (typeof json === 'string' && json.startsWith('%%')) {
    return parseExpansion(json) ?? refuse(place, 'names an expansion that is not supported here');
  }
  if (Array.isArray(json)) {
    const items = parseEach(json, place, parseOperand);
    return (facts) => items.map((item) => item(facts));
  }
  if (hasOperators(json)) return refuse(place, 'must be a value without operators');
  return () => json;
}

/** Whether a value is an object with an operator among its keys, at whatever place. */
function hasOperators(json: unknown): json is Document {
  return isPlainObject(json) && Object.keys(json).some((key) => /^[$%]/.test(key));
}

function parseExpansion(text: string): Operand | null {
  const match = EXPANSION.exec(text);
  if (match === null) return null;
  const name = match[1] as keyof RuleFacts;
  const path = (match[2] ?? '').split('.').slice(1);
  return (facts) => path.reduce<unknown>(memberOf, facts[name]);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** An operator over whole rules or over what is asked of one value; `null` if it is none. */
function parseLogic<Args extends unknown[]>(
  operator: string | null,
  json: unknown,
  place: Place,
  parse: (json: unknown, place: Place) => (...args: Args) => boolean,
  form: string,
): ((...args: Args) => boolean) | null {
  if (operator === 'not') {
    const test = parse(json, place);
    return (...args) => !test(...args);
  }
  if (operator !== 'and' && operator !== 'or' && operator !== 'nor') return null;
  if (!Array.isArray(json)) return refuse(place, `must be ${form}`);
  const tests = parseEach(json, place, parse);
  if (operator === 'and') return (...args) => tests.every((test) => test(...args));
  const some = (...args: Args) => tests.some((test) => test(...args));
  return operator === 'or' ? some : (...args) => !some(...args);
}

function parseEach<T>(
  items: readonly unknown[],
  place: Place,
  parse: (json: unknown, place: Place) => T,
): T[] {
  return items.map((item, index) => parse(item, { ...place, path: `${place.path}[${index}]` }));
}

function operatorOf(key: string): string | null {
  return /^[$%]([a-z]+)$/.exec(key)?.[1] ?? null;
}

function isIn(value: unknown, list: unknown): boolean {
  return Array.isArray(list) && list.some((item) => areEqual(value, item));
}

/** Notes the problem; what takes the place of the rule never allows anything. */
function refuse({ path, problems }: Place, why: string): () => false {
  problems.push(`${path} ${why}`);
  return () => false;
}
