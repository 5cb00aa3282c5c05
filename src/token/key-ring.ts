/**
 * The keys of a running gateway. It follows the store: what others change is in force here within seconds, without a
 * restart, and what time changes is in force at its moment.
 *
 * While the store cannot be read, the keys that were read last stay in force, and the log says so: an outage must not
 * make tokens invalid, and nothing but claims is answered without the store.
 */
import type { SigningAlg } from '../config.ts';
import { createDeadline } from '../deadline.ts';
import { isGatewayError, serviceUnavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { createRepeated } from '../repeated.ts';
import type { DocumentCollection } from '../store/port.ts';
import { firstKeys, maintain } from './key-changes.ts';
import { createKeyImporter } from './key-importer.ts';
import { createKeyReader, createOutageLog } from './key-reader.ts';
import type { KeyRecord } from './key-record.ts';
import type { KeySealer } from './key-sealer.ts';
import { createKeyStore } from './key-store.ts';
import { createKeyView } from './key-view.ts';
import type { SigningKeys } from './keys.ts';

/** What opening the keys of a store takes. */
export interface KeyRingParts {
  readonly collection: DocumentCollection;
  readonly sealer: KeySealer;
  readonly alg: SigningAlg;
  /** The longest life of a token that is signed here. */
  readonly tokenLifeSeconds: number;
  /** How long a key signs; absent: until somebody says so. */
  readonly rotationSeconds?: number | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Time between two looks into the store, in milliseconds. */
  readonly pollMilliseconds?: number | undefined;
}

/** The keys, and what follows the store. */
export interface KeyRing {
  readonly keys: SigningKeys;
  /** Begins to follow the store. */
  readonly start: () => void;
  /** Ends that. */
  readonly close: () => Promise<void>;
}

/** Keys that stay as they are, such as those of the operator's file. */
export function fixedKeyRing(keys: SigningKeys): KeyRing {
  return { keys, start: () => undefined, close: async () => undefined };
}

/** With the time for reading, a key that is retired at once is so everywhere within ten seconds. */
const POLL_MILLISECONDS = 2000;

/**
 * Opens the keys of a store; makes them if there are none. What is plain is encrypted if there is a secret.
 *
 * @throws Error if they are damaged, or encrypted and no secret decrypts them.
 */
export async function openKeyRing(parts: KeyRingParts): Promise<KeyRing> {
  const { alg, log, now, pollMilliseconds = POLL_MILLISECONDS, tokenLifeSeconds } = parts;
  const store = createKeyStore(parts);
  const imported = createKeyImporter(store, log);
  const changing = () => ({
    ...{ alg, tokenLifeSeconds, now: now() },
    makeKey: () => store.makeKey(alg),
  });
  const edit = (records: readonly KeyRecord[]) =>
    maintain(records, changing(), parts.rotationSeconds);
  const first = await store.readOrMake(() => firstKeys(changing()));
  await imported.add(first.records, { mustOpen: true });
  const view = createKeyView(first.records, { alg, imported, log, now });
  const show = async (records: readonly KeyRecord[]) => {
    await imported.add(records);
    view.show(records);
  };
  await tolerateOutage(async () => {
    const { records } = await store.change(async (stored) => store.sealAll(await edit(stored)));
    await show(records);
  });

  const outage = createOutageLog(log);
  const reader = createKeyReader(async () => {
    try {
      const stored = await store.read(parts.collection.within(createDeadline()));
      if (stored === null) throw new Error('The store has no signing keys any more');
      await show(stored.records);
      outage.ended();
    } catch (error) {
      outage.goesOn(error);
      throw isGatewayError(error, 'SERVICE_UNAVAILABLE') ? error : serviceUnavailable(error);
    }
  });

  /** Reads, and does what is due; another gateway may have done it by then. */
  async function follow(): Promise<void> {
    await reader.readNow();
    const records = view.records();
    if ((await edit(records)) !== records) await show((await store.change(edit)).records);
  }

  const following = createRepeated(
    () =>
      tolerateOutage(follow).catch((error: unknown) =>
        log.error({ err: error }, 'the signing keys are not followed'),
      ),
    pollMilliseconds,
  );
  return { keys: createKeys(view, reader), start: following.start, close: following.stop };
}

/** The keys as those see them who sign and verify. */
function createKeys(
  view: ReturnType<typeof createKeyView>,
  reader: Pick<ReturnType<typeof createKeyReader>, 'readAfterThis'>,
): SigningKeys {
  return {
    get active() {
      return view.roles().active;
    },
    get verification() {
      return view.roles().verification;
    },
    get published() {
      return view.roles().published;
    },
    withdrawals: view.withdrawals,
    async lookFor(kid) {
      // One that is known and does not verify is retired.
      if (view.records().some((record) => record.kid === kid)) return undefined;
      await reader.readAfterThis();
      return view.roles().verification.get(kid);
    },
  };
}

/** What the store does not take or give now it may later: it is tried again. */
async function tolerateOutage(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isGatewayError(error, 'SERVICE_UNAVAILABLE')) throw error;
  }
}
