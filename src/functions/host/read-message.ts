/** What a process may say: the function in it can send the gateway anything. */
import type { MessageFromProcess } from '../messages.ts';

type Shapes = {
  readonly [Type in MessageFromProcess['type']]: (
    message: Readonly<Record<string, unknown>>,
  ) => boolean;
};

const LEVELS: readonly unknown[] = ['info', 'warn', 'error'];

const SHAPES: Shapes = {
  started: () => true,
  data: ({ args, collection, database, id, isSystem, method }) =>
    isNumber(id) &&
    [database, collection, method].every(isText) &&
    isBytes(args) &&
    typeof isSystem === 'boolean',
  builtIn: ({ args, id, name }) => isNumber(id) && isText(name) && isBytes(args),
  names: ({ database, id }) => isNumber(id) && (database === null || isText(database)),
  log: ({ level, text }) => LEVELS.includes(level) && isText(text),
  returned: ({ value }) => isBytes(value),
  failed: ({ error }) =>
    isObject(error) &&
    isText(error.message) &&
    (error.stack === undefined || isText(error.stack)) &&
    (error.hostError === undefined || isNumber(error.hostError)),
  draining: ({ underWay }) => Array.isArray(underWay) && underWay.every(isText),
  drained: () => true,
  idle: ({ isReusable }) => typeof isReusable === 'boolean',
};

/** Whether a value is a message that the gateway understands. */
export function isMessage(value: unknown): value is MessageFromProcess {
  if (!isObject(value) || !isText(value.type) || !Object.hasOwn(SHAPES, value.type)) return false;
  return SHAPES[value.type as keyof Shapes](value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}
