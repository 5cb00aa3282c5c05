/** What an operator does to the keys of a store, while gateways run. */
import type { SigningAlg } from '../config.ts';
import { type NewKey, type PublicJwk, toPublicJwk } from './jwk.ts';
import { add, type ChangeParts, maintain, promote, stop, withdraw } from './key-changes.ts';
import { findSigner, type KeyRecord, type KeyState, stateOf, verifiesUntil } from './key-record.ts';
import { parseOperatorKeys } from './key-set.ts';
import { createKeyStore, type KeyStoreParts } from './key-store.ts';

/** A key as an operator sees it. Times are ISO 8601; `null`: not decided. */
export interface DescribedKey {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly state: KeyState;
  readonly createdAt: string;
  /** When it signs, or began to. */
  readonly signsFrom: string | null;
  /** When it signs no more, or stopped. */
  readonly signsUntil: string | null;
  /** When nothing it signed is accepted any more. */
  readonly verifiesUntil: string | null;
  readonly isEncrypted: boolean;
}

/** What becomes of a key. */
export type KeyOutcome = Pick<
  DescribedKey,
  'kid' | 'state' | 'signsFrom' | 'signsUntil' | 'verifiesUntil'
>;

/** The operator's acts. */
export type KeyAdministration = ReturnType<typeof createKeyAdministration>;

/** What the acts take. */
export interface KeyAdministrationParts extends KeyStoreParts {
  readonly alg: SigningAlg;
  readonly tokenLifeSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** So many keys are more than anybody can mean. */
const MAX_KEYS = 100;

/** Creates the acts. Each fails if the store has no keys yet, or if they are encrypted and there is no secret. */
export function createKeyAdministration(parts: KeyAdministrationParts) {
  const { alg, now, tokenLifeSeconds } = parts;
  const store = createKeyStore(parts);
  const changing = (): ChangeParts => ({
    ...{ alg, tokenLifeSeconds, now: now() },
    makeKey: () => store.makeKey(alg),
  });

  async function readAll(): Promise<readonly KeyRecord[]> {
    const stored = await store.read();
    if (stored === null) throw new Error('The store has no signing keys: start a gateway on it');
    return stored.records;
  }

  return {
    /** All keys, those of one state together: the active ones, then next, retiring, retired. */
    async list(): Promise<readonly DescribedKey[]> {
      const order = ['active', 'next', 'retiring', 'retired'];
      const keys = (await readAll()).map((record) => describe(record, now()));
      return keys.sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
    },

    /** Has the next key sign, at once if every cache has it, else as soon as that is so; another one is next then. */
    async rotate(): Promise<KeyOutcome> {
      let kid = '';
      const { records } = await store.change(async (before) => {
        const promoted = promote(await maintain(before, changing()), changing());
        ({ kid } = promoted);
        return maintain(promoted.records, changing());
      });
      return outcomeOf(records, kid, now());
    },

    /** Has a key sign no more, and verify until what it signed has expired. Fails for a key that is not there. */
    async retire(kid: string): Promise<KeyOutcome> {
      const { records } = await store.change(async (before) => {
        const found = find(before, kid);
        const state = stateOf(found, now());
        if (state === 'next') return withdraw(before, kid, changing());
        if (state !== 'active') return before;
        if (found.alg !== alg) return stop(before, kid, now());
        const { records: promoted } = promote(await maintain(before, changing()), changing());
        return maintain(promoted, changing());
      });
      return outcomeOf(records, kid, now());
    },

    /** Retires a key at once: gateways accept nothing that it signed from their next look into the store on. */
    async withdraw(kid: string): Promise<KeyOutcome & { readonly signer: string | null }> {
      const edit = async (before: readonly KeyRecord[]) =>
        find(before, kid).withdrawnAt === undefined ? withdraw(before, kid, changing()) : before;
      // A full disk must not keep a stolen key in force.
      const { records } = await store.change(edit, { makesRoom: true });
      return {
        ...outcomeOf(records, kid, now()),
        signer: findSigner(records, alg, now())?.kid ?? null,
      };
    },

    /**
     * Adds the keys of a JWKS: the first private one for the algorithm is next, the others verify for the life of a
     * token. Those that are there already are left as they are.
     *
     * @throws Error that lists every problem by key index, never a key.
     */
    async import(file: unknown): Promise<readonly KeyOutcome[]> {
      const keys = await Promise.all((await parseOperatorKeys(file, alg)).map(store.seal));
      const { records } = await store.change(async (before) => addNew(before, keys, changing()));
      return keys.map(({ kid }) => outcomeOf(records, kid, now()));
    },

    /** The public members of every key that verifies (RFC 7517 section 5), as gateways publish them. */
    async exportPublic(): Promise<{ readonly keys: readonly PublicJwk[] }> {
      return { keys: toPublished(await readAll(), alg, now()) };
    },
  };
}

/** What became of one of the keys. */
function outcomeOf(records: readonly KeyRecord[], kid: string, now: number): KeyOutcome {
  const { state, signsFrom, signsUntil, verifiesUntil: until } = describe(find(records, kid), now);
  return { kid, state, signsFrom, signsUntil, verifiesUntil: until };
}

function find(records: readonly KeyRecord[], kid: string): KeyRecord {
  const found = records.find((record) => record.kid === kid);
  if (found === undefined) throw new Error('There is no such key');
  return found;
}

function toPublished(
  records: readonly KeyRecord[],
  alg: SigningAlg,
  now: number,
): readonly PublicJwk[] {
  const verifying = records.filter((record) => stateOf(record, now) !== 'retired');
  const signer = findSigner(verifying, alg, now);
  const rest = verifying.filter((record) => record !== signer);
  const ordered = signer === undefined ? rest : [signer, ...rest];
  return ordered.map((record) => toPublicJwk(record, record.kid, record.alg));
}

/** Adds those of the keys that are not there. */
function addNew(
  before: readonly KeyRecord[],
  keys: readonly NewKey[],
  parts: ChangeParts,
): readonly KeyRecord[] {
  const added = keys.filter((key) => !isThere(before, key.kid, parts.now));
  if (added.length === 0) return before;
  if (before.length + added.length > MAX_KEYS) {
    throw new Error(`The store would have more than ${MAX_KEYS} keys`);
  }
  return add(before, added, parts);
}

/** Whether the key need not be added; fails if it may not be. */
function isThere(records: readonly KeyRecord[], kid: string, now: number): boolean {
  const found = records.find((record) => record.kid === kid);
  if (found === undefined) return false;
  if (stateOf(found, now) === 'retired') throw new Error(`The key "${kid}" was retired`);
  return true;
}

function describe(record: KeyRecord, now: number): DescribedKey {
  const { alg, createdAt, kid, sealed, signsFrom, stopsAt, withdrawnAt } = record;
  const until = withdrawnAt?.getTime() ?? verifiesUntil(record);
  return {
    ...{ kid, alg, state: stateOf(record, now), createdAt: createdAt.toISOString() },
    signsFrom: signsFrom?.toISOString() ?? null,
    signsUntil: stopsAt?.toISOString() ?? null,
    verifiesUntil: until === undefined ? null : new Date(until).toISOString(),
    isEncrypted: sealed !== undefined,
  };
}
