/** What the keys of a store are good for now; worked out again when a moment comes that changes it. */
import type { SigningAlg } from '../config.ts';
import type { Log } from '../log.ts';
import type { KeyImporter } from './key-importer.ts';
import { findSigner, type KeyRecord, stateOf, turningPoints } from './key-record.ts';
import { type SigningKeys, toSigningKeys } from './keys.ts';

/** The keys in their roles. */
export type KeyRoles = Pick<SigningKeys, 'active' | 'verification' | 'published'>;

/** What a view takes. */
export interface KeyViewParts {
  readonly alg: SigningAlg;
  readonly imported: Pick<KeyImporter, 'find'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

interface Worked {
  readonly records: readonly KeyRecord[];
  readonly roles: KeyRoles;
  /** In which moments that is so, epoch milliseconds: a clock may go back. */
  readonly from: number;
  readonly until: number;
}

/** Creates the view of records that may be exchanged for others. Fails if none of them can sign. */
export function createKeyView(initial: readonly KeyRecord[], parts: KeyViewParts) {
  const { now } = parts;
  let worked = workOut(initial, now(), parts);
  let withdrawals = 0;

  function put(next: Worked): KeyRoles {
    if (note(worked.roles, next.roles, parts)) withdrawals += 1;
    worked = next;
    return next.roles;
  }

  function roles(): KeyRoles {
    const at = now();
    if (at >= worked.from && at < worked.until) return worked.roles;
    return put(workOut(worked.records, at, parts));
  }

  return {
    roles,
    records: () => worked.records,
    /** How often a key has ceased to verify. */
    withdrawals() {
      roles();
      return withdrawals;
    },
    /** Goes by these records from now on. Fails, and stays with those of before, if none of them can sign. */
    show(records: readonly KeyRecord[]) {
      put(workOut(records, now(), parts));
    },
  };
}

function workOut(
  records: readonly KeyRecord[],
  at: number,
  { alg, imported }: KeyViewParts,
): Worked {
  const usable = records.flatMap((record) => {
    const key = imported.find(record.kid);
    return key === undefined || stateOf(record, at) === 'retired' ? [] : [{ record, ...key }];
  });
  const signing = usable.filter(({ pair }) => pair.privateKey !== undefined);
  const signer = findSigner(
    signing.map(({ record }) => record),
    alg,
    at,
  );
  if (signer === undefined) throw new Error(`The store has no signing key for "${alg}"`);
  const points = records.flatMap(turningPoints);
  return {
    records,
    roles: toSigningKeys(signer.kid, usable),
    from: Math.max(0, ...points.filter((point) => point <= at)),
    until: Math.min(Number.POSITIVE_INFINITY, ...points.filter((point) => point > at)),
  };
}

/** Says in the log what has changed. @returns whether a key has ceased to verify. */
function note(before: KeyRoles, after: KeyRoles, { log }: KeyViewParts): boolean {
  for (const kid of after.verification.keys()) {
    if (!before.verification.has(kid)) log.info({ kid }, 'a signing key is published');
  }
  const { kid } = after.active;
  if (before.active.kid !== kid) {
    log.info({ kid, former: before.active.kid }, 'tokens are signed with another key from now on');
  }
  const gone = [...before.verification.keys()].filter((one) => !after.verification.has(one));
  for (const one of gone) {
    log.warn({ kid: one }, 'a signing key is retired: nothing it signed is accepted any more');
  }
  return gone.length > 0;
}
