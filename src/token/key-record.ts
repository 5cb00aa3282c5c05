/**
 * A signing key as the store keeps it, and what it is good for at a moment. That is a rule over stored times and
 * nothing else, so that gateways agree about it without asking each other.
 */
import type { SigningAlg } from '../config.ts';
import type { NewKey } from './jwk.ts';

/** How long others may go by the key set that they have read, in seconds. */
export const JWKS_CACHE_SECONDS = 300;

/** How long a key is published before it signs: longer than any cache has the key set of before. */
const PUBLISH_SECONDS = 900;

/** How far the clocks of two gateways, or of one at two moments, may be apart. */
const CLOCK_LEEWAY_SECONDS = 3600;

const MILLISECONDS_PER_SECOND = 1000;

/**
 * `next` is published and does not sign yet, `active` signs, `retiring` verifies what it signed until the last of it
 * has expired, and `retired` does nothing any more.
 */
export type KeyState = 'next' | 'active' | 'retiring' | 'retired';

/** A key and the times that decide about it. */
export type KeyRecord = NewKey & {
  readonly createdAt: Date;
  /** From then on every cache has it. */
  readonly maySignFrom: Date;
  /** When it becomes active; absent: that is not decided. */
  readonly signsFrom?: Date;
  /** When it signs for the last time; absent: that is not decided. */
  readonly stopsAt?: Date;
  /** When it was retired although tokens that it signed had not expired. */
  readonly withdrawnAt?: Date;
  /** The longest life of a token that it has signed or may sign. */
  readonly tokenLifeSeconds: number;
};

/** The state of a key at `now`, epoch milliseconds. */
export function stateOf(record: KeyRecord, now: number): KeyState {
  const { signsFrom, stopsAt, withdrawnAt } = record;
  if (withdrawnAt !== undefined) return 'retired';
  if (stopsAt !== undefined && now >= stopsAt.getTime()) {
    return now < (verifiesUntil(record) as number) ? 'retiring' : 'retired';
  }
  return signsFrom === undefined || now < signsFrom.getTime() ? 'next' : 'active';
}

/** When all that it signed has expired, epoch milliseconds; `undefined`: it has not stopped signing. */
export function verifiesUntil({ stopsAt, tokenLifeSeconds }: KeyRecord): number | undefined {
  if (stopsAt === undefined) return undefined;
  return stopsAt.getTime() + (tokenLifeSeconds + CLOCK_LEEWAY_SECONDS) * MILLISECONDS_PER_SECOND;
}

/** When a key that is first published at `now` is in every cache. */
export function publishedEverywhere(now: number): Date {
  return new Date(now + PUBLISH_SECONDS * MILLISECONDS_PER_SECOND);
}

/** The moments at which the state of a key changes, epoch milliseconds. */
export function turningPoints(record: KeyRecord): number[] {
  const points = [record.signsFrom?.getTime(), record.stopsAt?.getTime(), verifiesUntil(record)];
  return points.filter((point) => point !== undefined);
}

/** Whether the private members are there, plain or under seal. */
export function canSign({ d, sealed }: Pick<KeyRecord, 'd' | 'sealed'>): boolean {
  return d !== undefined || sealed !== undefined;
}

/**
 * The key that signs at `now`: the active one of the algorithm; before there is one, that of another algorithm. Where
 * a clock is behind there may be none, and the one that is to sign soonest does, or that which has signed last.
 */
export function findSigner<Key extends KeyRecord>(
  records: readonly Key[],
  alg: SigningAlg,
  now: number,
): Key | undefined {
  const ranks: Record<KeyState, number> = { active: 0, next: 1, retiring: 2, retired: 3 };
  const rank = (record: Key) => ranks[stateOf(record, now)];
  const fits = (record: Key) => (record.alg === alg ? 0 : 1);
  const [first] = records
    .filter((record) => rank(record) < ranks.retired)
    .sort(
      (one, other) =>
        rank(one) - rank(other) || fits(one) - fits(other) || compareTimes(one, other, now),
    );
  return first;
}

/** Of active keys the latest first, of those that are to sign the soonest, of others the last. */
function compareTimes(one: KeyRecord, other: KeyRecord, now: number): number {
  const timeOf = ({ maySignFrom, signsFrom, stopsAt }: KeyRecord) =>
    ((stateOf(one, now) === 'retiring' ? stopsAt : signsFrom) ?? maySignFrom).getTime();
  const order = timeOf(other) - timeOf(one);
  return stateOf(one, now) === 'next' ? -order : order;
}
