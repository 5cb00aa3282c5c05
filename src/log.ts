/** The log: pino, JSON lines, with credentials redacted wherever they might appear. */
// biome-ignore lint/style/noRestrictedImports: what is left of a batch is written at the exit, whatever leads to it.
import process from 'node:process';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from './config.ts';

/** What the layers log to. */
export type Log = Logger;

const CREDENTIAL_FIELDS = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'access_token',
  'refresh_token',
  'id_token',
  'key',
] as const;

/** Creates the log. `destination` is standard output, in batches, unless another is passed. */
export function createLog(
  level: Config['logLevel'],
  destination: DestinationStream = openStandardOutput(level),
): Log {
  const options: LoggerOptions = {
    level,
    timestamp: createTimestamp(),
    serializers: { err: describeError },
    redact: {
      // Nothing is meant to log these. The list is a second net, two levels deep.
      paths: CREDENTIAL_FIELDS.flatMap((field) => [
        `["${field}"]`,
        `*["${field}"]`,
        `*.*["${field}"]`,
      ]),
      censor: '[redacted]',
    },
  };
  return pino(options, destination);
}

/** As `createLog`, for several processes with one standard output: their lines, of 4096 bytes each, do not mix. */
export function createSharedLog(level: Config['logLevel']): Log {
  return createLog(level, openStandardOutput(level, WHOLE_BYTES));
}

/** What a line of one kind says: its fields, in the order in which they are written. */
export type LineFields = Readonly<Record<string, string | number | undefined>>;

/** Writes a line of one kind; fields that are `undefined` are left out of it. */
export type WriteLine<Fields extends LineFields> = (fields: Fields) => void;

type Serializer = (value: unknown) => unknown;

/** What the lines of one kind have in common. */
export interface LineKind<Fields extends LineFields> {
  readonly common: Readonly<Record<string, string | number>>;
  readonly names: readonly (keyof Fields & string)[];
  readonly message: string;
}

/**
 * Creates what writes lines of one kind: what `log.child(common).info(fields, message)` would, but that nothing is
 * redacted, so every field must be known to be harmless. For a line of every request: pino looks at every field of every
 * line anew, which takes a tenth of what a kept answer costs.
 */
export function createLineWriter<Fields extends LineFields>(
  log: Log,
  { common, message, names }: LineKind<Fields>,
): WriteLine<Fields> {
  if (!log.isLevelEnabled('info')) return () => undefined;
  const { chindingsSym, serializersSym, streamSym } = pino.symbols;
  const inner = log.child(common) as unknown as Readonly<Record<symbol, unknown>>;
  const serializers = inner[serializersSym] as Readonly<Record<string, Serializer | undefined>>;
  const stream = inner[streamSym] as DestinationStream & { lastLevel?: number };
  const level = log.levels.values.info as number;
  const bindings = inner[chindingsSym] as string;
  const parts = names.map((name) => ({
    ...{ name, begin: `,${JSON.stringify(name)}:`, show: serializers[name] },
  }));
  const time = createTimestamp();
  const [begin, end] = [`{"level":${level}`, `,"msg":${JSON.stringify(message)}}\n`];
  return (fields) => {
    let line = begin + time() + bindings;
    for (const { begin: text, name, show } of parts) {
      const value = fields[name];
      if (value !== undefined) line += text + toJson(show === undefined ? value : show(value));
    }
    stream.lastLevel = level;
    stream.write(line + end);
  };
}

/** Printable ASCII that JSON writes as it is. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

/** The JSON of a value, without asking for it where it is plain to see: this is for every field of every line. */
function toJson(value: unknown): string {
  if (typeof value === 'string' && PLAIN_TEXT.test(value)) return `"${value}"`;
  return Number.isFinite(value) ? String(value) : JSON.stringify(value);
}

/** The log whose lines show user ids as `show` makes them, wherever one is the field `userId` or in `userIds`. */
export function showingUserIds(log: Log, show: (userId: string) => string): Log {
  const showOne = (value: unknown) => (typeof value === 'string' ? show(value) : value);
  const userIds = (values: unknown) => (Array.isArray(values) ? values.map(showOne) : values);
  return log.child({}, { serializers: { userId: showOne, userIds } });
}

/** What lines say of their time, ISO 8601: those of one millisecond the same text. */
function createTimestamp(): () => string {
  let at = Number.NaN;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

/** pino's number for it. */
const ERROR = 50;
const BATCH_CHARACTERS = 16_384;
/** POSIX: a pipe takes so many bytes at once, none of another process in between. */
const WHOLE_BYTES = 4096;
/** A line is written after so long, whether a batch is full or not. */
const FLUSH_MILLISECONDS = 500;

/** Writes in batches; what is left when the process exits is written then. */
function openStandardOutput(level: Config['logLevel'], most = BATCH_CHARACTERS): DestinationStream {
  if (level === 'silent') return { write: () => undefined };
  // Written where it is asked for, so that no line is on its way when the process ends: a batch costs less than
  // handing it to another thread. Batches of its own count their bytes anew for every line.
  const output = pino.destination({ dest: 1, sync: true });
  const write = output.write.bind(output);
  let batch = '';
  const writeBatch = () => {
    if (batch !== '') write(batch);
    batch = '';
  };
  setInterval(writeBatch, FLUSH_MILLISECONDS).unref();
  process.on('exit', writeBatch);
  return Object.assign(output, {
    // By this pino is asked to say the level of each line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      if (batch.length + line.length > most) writeBatch();
      batch += line;
      // What may be the last that the process says is not kept back.
      if (this.lastLevel >= ERROR) writeBatch();
      return true;
    },
  });
}

/**
 * What the log keeps of an error: no property beyond these, since libraries attach tokens, payloads
 * and commands to theirs.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
