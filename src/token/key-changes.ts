/** What may be done to the keys of a store: each change makes new records of those there are, and stores nothing. */
import type { SigningAlg } from '../config.ts';
import type { NewKey } from './jwk.ts';
import {
  canSign,
  type KeyRecord,
  publishedEverywhere,
  stateOf,
  verifiesUntil,
} from './key-record.ts';

/** What a change goes by. */
export interface ChangeParts {
  readonly alg: SigningAlg;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The longest life of a token that is signed from now on. */
  readonly tokenLifeSeconds: number;
  /** Makes a key for `alg`. */
  readonly makeKey: () => Promise<NewKey>;
}

/** Retired keys that are remembered, without their private members. */
const MAX_RETIRED = 20;

/** The first two keys of a store. Nobody can have read the key set before, so the second may sign at any time, too. */
export async function firstKeys(parts: ChangeParts): Promise<readonly KeyRecord[]> {
  const now = new Date(parts.now);
  const [active, next] = [await newRecord(parts, []), await newRecord(parts, [])];
  return [
    { ...active, maySignFrom: now, signsFrom: now },
    { ...next, maySignFrom: now },
  ];
}

/**
 * Sees to it that there is a key that signs and one that is published for the time after it, that both live as long
 * as the tokens, and that retired keys cannot sign. Gives back the same array if there is nothing to do.
 *
 * @param rotationSeconds how long a key signs before the next one does; absent: until somebody says so.
 */
export async function maintain(
  records: readonly KeyRecord[],
  parts: ChangeParts,
  rotationSeconds?: number,
): Promise<readonly KeyRecord[]> {
  const { alg, now } = parts;
  let made = forgetRetired(leaveOneActive(lengthenLives(records, parts), parts), now);
  const inState = (state: string) =>
    made.filter((record) => record.alg === alg && stateOf(record, now) === state);
  if (inState('next').length === 0) made = [...made, await newRecord(parts, made)];
  const [active] = inState('active');
  const isDue =
    active === undefined ||
    (rotationSeconds !== undefined && now >= signsSince(active) + rotationSeconds * 1000);
  const scheduled = inState('next').some(({ signsFrom }) => signsFrom !== undefined);
  if (isDue && !scheduled) made = promote(made, parts).records;
  // With the last one scheduled there is still one to be published for the time after it, once it signs.
  const isSame = made.length === records.length && made.every((one, at) => one === records[at]);
  return isSame ? records : made;
}

/**
 * Has the next key sign as soon as every cache has it; the one that signs now stops then. If that is decided already,
 * it stays as it is.
 */
export function promote(
  records: readonly KeyRecord[],
  { alg, now }: Pick<ChangeParts, 'alg' | 'now'>,
  isUrgent = false,
): { readonly records: readonly KeyRecord[]; readonly kid: string; readonly signsFrom: Date } {
  const candidates = records.filter(
    (record) => record.alg === alg && stateOf(record, now) === 'next',
  );
  const scheduled = candidates.find(({ signsFrom }) => signsFrom !== undefined);
  if (scheduled?.signsFrom !== undefined && !isUrgent) {
    return { records, kid: scheduled.kid, signsFrom: scheduled.signsFrom };
  }
  const chosen = scheduled ?? candidates.at(-1);
  if (chosen === undefined) throw new Error('There is no key that could sign next');
  const signsFrom = new Date(isUrgent ? now : Math.max(now, chosen.maySignFrom.getTime()));
  return {
    kid: chosen.kid,
    signsFrom,
    records: records.map((record) => {
      if (record === chosen) return { ...record, signsFrom };
      const stops = record.alg === alg && stateOf(record, now) === 'active';
      return stops ? { ...record, stopsAt: signsFrom } : record;
    }),
  };
}

/** Retires a key at once, whatever it has signed; a successor signs from now on if it was the one that does. */
export async function withdraw(
  records: readonly KeyRecord[],
  kid: string,
  parts: ChangeParts,
): Promise<readonly KeyRecord[]> {
  const { now } = parts;
  const found = records.find((record) => record.kid === kid);
  if (found === undefined) return records;
  const ofItsAlg = { ...parts, alg: found.alg };
  const state = stateOf(found, now);
  let made = records.map((record) => {
    if (record === found) return { ...record, withdrawnAt: new Date(now) };
    // What was to stop for its sake goes on.
    const waits = state === 'next' && record.alg === found.alg && isSame(record, found);
    return waits ? withoutStop(record) : record;
  });
  if (state !== 'active' || found.alg !== parts.alg) return forgetRetired(made, now);
  const hasNext = made.some(
    (record) => record.alg === found.alg && stateOf(record, now) === 'next',
  );
  if (!hasNext) made = [...made, await newRecord(ofItsAlg, made)];
  return forgetRetired(promote(made, ofItsAlg, true).records, now);
}

/** Has a key sign no more from now on and verify until what it signed has expired. */
export function stop(
  records: readonly KeyRecord[],
  kid: string,
  now: number,
): readonly KeyRecord[] {
  const stopsAt = new Date(now);
  return records.map((record) => (record.kid === kid ? { ...record, stopsAt } : record));
}

/**
 * Adds keys of the operator: the first private one for `alg` is the next to sign, the others verify for the life of a
 * token.
 */
export function add(
  records: readonly KeyRecord[],
  keys: readonly NewKey[],
  parts: ChangeParts,
): readonly KeyRecord[] {
  const next = keys.find((key) => key.alg === parts.alg && canSign(key));
  const added = keys.map((key) => {
    const record = toRecord(key, parts, records);
    return key === next ? record : { ...record, stopsAt: new Date(parts.now) };
  });
  return [...records, ...added];
}

async function newRecord(parts: ChangeParts, others: readonly KeyRecord[]): Promise<KeyRecord> {
  return toRecord(await parts.makeKey(), parts, others);
}

function toRecord(key: NewKey, parts: ChangeParts, others: readonly KeyRecord[]): KeyRecord {
  const { now, tokenLifeSeconds } = parts;
  return {
    ...key,
    createdAt: new Date(now),
    maySignFrom: publishedEverywhere(now),
    // Another gateway may have a longer life, and sign with it as well.
    tokenLifeSeconds: Math.max(
      tokenLifeSeconds,
      ...others.filter((one) => stateOf(one, now) === 'active').map((one) => one.tokenLifeSeconds),
    ),
  };
}

const signsSince = ({ signsFrom, createdAt }: KeyRecord) => (signsFrom ?? createdAt).getTime();

function lengthenLives(
  records: readonly KeyRecord[],
  { now, tokenLifeSeconds }: ChangeParts,
): readonly KeyRecord[] {
  return records.map((record) => {
    const isLongEnough = record.tokenLifeSeconds >= tokenLifeSeconds;
    const signs = ['active', 'next'].includes(stateOf(record, now));
    return isLongEnough || !signs ? record : { ...record, tokenLifeSeconds };
  });
}

/** Of several active keys of the algorithm, which no change makes, all but the latest stop. */
function leaveOneActive(
  records: readonly KeyRecord[],
  { alg, now }: ChangeParts,
): readonly KeyRecord[] {
  const active = records.filter(
    (record) => record.alg === alg && stateOf(record, now) === 'active',
  );
  const latest = active.reduce<KeyRecord | undefined>(
    (best, one) => (best === undefined || signsSince(one) >= signsSince(best) ? one : best),
    undefined,
  );
  return records.map((record) =>
    record !== latest && active.includes(record) ? { ...record, stopsAt: new Date(now) } : record,
  );
}

/** Takes the private members from retired keys, and drops those that were retired long ago. */
function forgetRetired(records: readonly KeyRecord[], now: number): readonly KeyRecord[] {
  const retired = records.filter((record) => stateOf(record, now) === 'retired');
  const kept = retired
    .sort((one, other) => retiredAt(other) - retiredAt(one))
    .slice(0, MAX_RETIRED);
  return records
    .filter((record) => kept.includes(record) || !retired.includes(record))
    .map((record) => (kept.includes(record) ? withoutPrivateMembers(record) : record));
}

const retiredAt = (record: KeyRecord) =>
  record.withdrawnAt?.getTime() ?? verifiesUntil(record) ?? 0;

function withoutPrivateMembers(record: KeyRecord): KeyRecord {
  if (!canSign(record)) return record;
  const { d, p, q, dp, dq, qi, sealed, ...rest } = record;
  return rest as KeyRecord;
}

const isSame = ({ stopsAt }: KeyRecord, { signsFrom }: KeyRecord) =>
  stopsAt !== undefined && stopsAt.getTime() === signsFrom?.getTime();

function withoutStop({ stopsAt, ...record }: KeyRecord): KeyRecord {
  return record as KeyRecord;
}
