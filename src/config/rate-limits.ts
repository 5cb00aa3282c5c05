/** How often what strangers may do is done: `RATE_LIMITS`. */
import ms from 'ms';
import { z } from 'zod';

/** So many in so long. */
export interface RateLimit {
  readonly limit: number;
  readonly milliseconds: number;
}

/** By the name of the GraphQL operation, which stands for the same on the App Services protocol. */
const DEFAULTS = {
  logIn: '10/15m',
  'logIn.anonymous': '1000/1h',
  registerUser: '600/1h',
  refreshSession: '1000/15m',
  confirmUser: '100/15m',
  sendConfirmation: '10/1h',
  resetPassword: '100/15m',
  sendResetPasswordEmail: '10/1h',
  callResetPasswordFunction: '10/1h',
  createApiKey: '30/1h',
  callEndpoint: '100/15m',
} as const;

/** What is limited. */
export type LimitedOperation = keyof typeof DEFAULTS;

/** The limit of each operation; `null`: none. */
export type RateLimits = Readonly<Record<LimitedOperation, RateLimit | null>>;

/** The default as text, for the table of the README. */
export const DEFAULT_RATE_LIMITS = Object.entries(DEFAULTS)
  .map(([name, limit]) => `${name}=${limit}`)
  .join(',');

const NAMES = Object.keys(DEFAULTS) as LimitedOperation[];
const OFF = 'off';
const LIMIT = /^(\d{1,7})\/(\d{1,6}(?:ms|s|m|h|d))$/;
const MAX_LIMIT = 1_000_000;
const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const NO_LIMITS = Object.fromEntries(NAMES.map((name) => [name, null])) as RateLimits;

/** `off`, or limits such as `logIn=10/15m`: those of operations that are not named stay what they are by default. */
export const rateLimits = z.string().transform((text, context): RateLimits => {
  if (text.trim() === OFF) return NO_LIMITS;
  const given = new Map<string, RateLimit | null>();
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  for (const item of text.split(',')) {
    const [name = '', limit = '', ...more] = item.split('=').map((part) => part.trim());
    if (!Object.hasOwn(DEFAULTS, name)) {
      return refuse(`must be "off" or limits such as "logIn=10/15m" of ${NAMES.join(', ')}`);
    }
    const parsed = more.length === 0 ? parseLimit(limit) : undefined;
    if (parsed === undefined) {
      const bounds = `from 1 to ${MAX_LIMIT} in 1s to 1d`;
      return refuse(`must give ${name} a limit such as "10/15m", ${bounds}, or "off"`);
    }
    if (given.has(name)) return refuse(`must give ${name} one limit`);
    given.set(name, parsed);
  }
  const entries = NAMES.map((name) => [
    name,
    given.has(name) ? given.get(name) : parseLimit(DEFAULTS[name]),
  ]);
  return Object.fromEntries(entries) as RateLimits;
});

/** A limit; `null`: none; `undefined`: the text is none. */
function parseLimit(text: string): RateLimit | null | undefined {
  if (text === OFF) return null;
  const [, count, duration] = LIMIT.exec(text) ?? [];
  if (count === undefined || duration === undefined) return undefined;
  const limit = Number(count);
  const milliseconds = ms(duration as ms.StringValue);
  const isGood = limit >= 1 && limit <= MAX_LIMIT && milliseconds >= SECOND && milliseconds <= DAY;
  return isGood ? { limit, milliseconds } : undefined;
}
