/** The template of the operator's own claims: what the file may say, and what claims it makes. */
import type { FileProblem } from '../../json-file.ts';
import type { MakeOwnClaims, OwnValue } from '../../token/claims.ts';
import { isPlainObject, setOwn } from '../../values/documents.ts';
import { appendPointer, type JsonObject, type JsonValue, splitPointer } from '../../values/json.ts';
import {
  findNameProblem,
  isRepeatable,
  REPEATABLE_CLAIMS,
  type RepeatableClaim,
} from './claim-names.ts';

/** A leaf that is taken from the document. */
export interface DocumentLeaf {
  /** JSON Pointer into the file. */
  readonly at: string;
  /** JSON Pointer into the document, as the file says it (RFC 6901). */
  readonly path: string;
  /** The same as reference tokens. */
  readonly tokens: readonly string[];
  /** Whether the operator takes what users may write for good. */
  readonly isUserWritable: boolean;
}

/** A template that is well formed. */
export interface ClaimsTemplate {
  /** What is taken from the document, in the order in which `make` wants the values. */
  readonly leaves: readonly DocumentLeaf[];
  readonly make: MakeOwnClaims;
}

/** A template, or everything that is wrong with the form of the file. */
export type TemplateResult =
  | { readonly type: 'ok'; readonly template: ClaimsTemplate }
  | { readonly type: 'error'; readonly problems: readonly FileProblem[] };

const MAX_DEPTH = 16;
const MAX_VALUES = 1000;
const MAX_LEAVES = 100;
const MAX_POINTER_LENGTH = 1000;
const MAX_PROBLEMS = 100;

/** What a part of the template makes, of the values of the leaves and the token's other claims; `undefined`: nothing. */
type Part = (values: readonly OwnValue[], claims: JsonObject) => JsonValue | undefined;

/** The file as it is read. */
interface Reading {
  readonly leaves: DocumentLeaf[];
  readonly problems: FileProblem[];
  /** How many values were met. */
  values: number;
}

/** Where in the file a value is. */
interface Position {
  readonly at: string;
  readonly depth: number;
}

/** Parses the JSON of a file: at most 1000 values, 16 levels and 100 leaves from the document. */
export function parseTemplate(file: unknown): TemplateResult {
  const reading: Reading = { leaves: [], problems: [], values: 0 };
  const top = { at: '', depth: 0 };
  if (!isPlainObject(file)) report(reading, top, 'The file must hold an object of claims');
  const make = isPlainObject(file) ? readObject(file, top, reading) : NOTHING;
  const { leaves, problems } = reading;
  if (leaves.length > MAX_LEAVES) {
    report(reading, top, `At most ${MAX_LEAVES} values can be taken from the document`);
  }
  if (problems.length > 0) return { type: 'error', problems: problems.slice(0, MAX_PROBLEMS) };
  return {
    type: 'ok',
    template: { leaves, make: (values, claims) => make(values, claims) as JsonObject },
  };
}

const NOTHING: Part = () => undefined;

function report({ problems }: Reading, { at }: Position, message: string): void {
  problems.push({ path: at, message });
}

/** Whether the value is within the bounds; says so once if not. */
function isBounded(position: Position, reading: Reading): boolean {
  reading.values += 1;
  if (reading.values === MAX_VALUES + 1) {
    report(reading, position, `The file holds at most ${MAX_VALUES} values`);
  }
  if (reading.values > MAX_VALUES) return false;
  if (position.depth <= MAX_DEPTH) return true;
  report(reading, position, `Claims are nested at most ${MAX_DEPTH} levels deep`);
  return false;
}

function readPart(value: unknown, position: Position, reading: Reading): Part {
  if (!isBounded(position, reading)) return NOTHING;
  if (Array.isArray(value)) return readList(value, position, reading);
  if (!isPlainObject(value)) return () => value as JsonValue;
  const isLeaf = Object.keys(value).some((name) => name.startsWith('$'));
  return isLeaf ? readLeaf(value, position, reading) : readObject(value, position, reading);
}

function readObject(value: JsonInput, position: Position, reading: Reading): Part {
  const members = Object.keys(value).map((name): readonly [string, Part] => {
    const place = below(position, name);
    const problem = findNameProblem(name, position.depth === 0);
    if (problem !== null) report(reading, place, problem);
    return [name, readPart(value[name], place, reading)];
  });
  return (values, claims) => {
    const made: Record<string, JsonValue> = {};
    for (const [name, part] of members) {
      const member = part(values, claims);
      if (member !== undefined) setOwn(made, name, member);
    }
    return made;
  };
}

function readList(value: readonly unknown[], position: Position, reading: Reading): Part {
  const parts = value.map((item, index) => readPart(item, below(position, index), reading));
  return (values, claims) =>
    parts.map((part) => part(values, claims)).filter((item) => item !== undefined);
}

function readLeaf(value: JsonInput, position: Position, reading: Reading): Part {
  if (Object.hasOwn(value, '$path')) return readDocumentLeaf(value, position, reading);
  const { $claim: name, ...others } = value;
  reportOthers(others, position, reading);
  if (!Object.hasOwn(value, '$claim')) return NOTHING;
  if (isRepeatable(name)) return repeat(name);
  const names = REPEATABLE_CLAIMS.join(', ');
  report(reading, below(position, '$claim'), `"$claim" must be one of ${names}`);
  return NOTHING;
}

function repeat(name: RepeatableClaim): Part {
  return (_values, claims) => claims[name];
}

function readDocumentLeaf(value: JsonInput, position: Position, reading: Reading): Part {
  const { $path: path, default: fallback, isUserWritable = false, ...others } = value;
  reportOthers(others, position, reading);
  if (typeof isUserWritable !== 'boolean') {
    report(reading, below(position, 'isUserWritable'), '"isUserWritable" must be true or false');
  }
  const otherwise =
    fallback === undefined
      ? undefined
      : readConstant(fallback, below(position, 'default'), reading);
  const tokens = readPointer(path);
  if (typeof path !== 'string' || tokens === null) {
    const message = `"$path" must be a JSON Pointer such as "/role", of at most ${MAX_POINTER_LENGTH} characters`;
    report(reading, below(position, '$path'), message);
    return NOTHING;
  }
  const leaf = { at: position.at, path, tokens, isUserWritable: isUserWritable === true };
  const index = reading.leaves.push(leaf) - 1;
  return ({ [index]: value = otherwise }) => value;
}

/** A value that is what it is, whatever its members are called. */
function readConstant(value: unknown, position: Position, reading: Reading): JsonValue {
  if (!isBounded(position, reading) || typeof value !== 'object' || value === null) {
    return value as JsonValue;
  }
  for (const [name, member] of Object.entries(value)) {
    const place = below(position, name);
    const problem = findNameProblem(name, false);
    if (problem !== null) report(reading, place, problem);
    readConstant(member, place, reading);
  }
  return value as JsonValue;
}

function readPointer(path: unknown): string[] | null {
  if (typeof path !== 'string' || path.length > MAX_POINTER_LENGTH) return null;
  return splitPointer(path);
}

function reportOthers(others: object, position: Position, reading: Reading): void {
  for (const name of Object.keys(others)) {
    const message =
      'An object with a name that begins with "$" is {"$path", "default", "isUserWritable"} or {"$claim"}';
    report(reading, below(position, name), message);
  }
}

function below({ at, depth }: Position, token: string | number): Position {
  return { at: appendPointer(at, token), depth: depth + 1 };
}

type JsonInput = Readonly<Record<string, unknown>>;
