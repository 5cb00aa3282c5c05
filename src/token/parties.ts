/**
 * Under which names tokens are issued and accepted: every pair of issuer and audience that this store has
 * ever issued under.
 *
 * Tokens of former pairs are signed by our own keys like all others, so a new public URL, app id or port is
 * no reason to refuse them. Without a public URL the first address stays the issuer for ever, whatever
 * address the gateways listen on later.
 */
import { serviceUnavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { createShared } from '../repeated.ts';
import type { DocumentCollection } from '../store/port.ts';
import type { TokenParties } from './claims.ts';
import { findOrInsert } from './keys.ts';

/** Who issues and who is accepted. */
export type Parties = Awaited<ReturnType<typeof openParties>>;

/** What opening takes. */
export interface PartiesSettings {
  /** The collection of the signing keys. */
  readonly collection: DocumentCollection;
  /** `APP_ID`. */
  readonly audience: string;
  /** `PUBLIC_URL`, if there is one. */
  readonly publicUrl: string | undefined;
  readonly log: Pick<Log, 'info'>;
}

const PARTIES_ID = 'token-parties';

type PartiesDocument = {
  readonly pairs: readonly TokenParties[];
  /** The issuer of gateways without a public URL: the address of the first one. */
  readonly address?: string;
};

/**
 * Reads the pairs and adds the one that tokens will be issued under, before the first of them is. Any number
 * of gateways may do so at once.
 */
export async function openParties(settings: PartiesSettings) {
  const { collection, publicUrl, log } = settings;
  const pairs = createPairs(collection);
  const { address } = await pairs.read();
  const use = async (issuer: string): Promise<TokenParties> => {
    const pair = { issuer, audience: settings.audience };
    if (await pairs.add(pair)) {
      log.info(pair, 'tokens have a new issuer or audience; those issued before stay valid');
    }
    return pair;
  };
  const issuer = publicUrl ?? address;
  let current = issuer === undefined ? undefined : await use(issuer);

  return {
    /**
     * Whether tokens were ever issued under this pair. Reads the store for one it does not know, since
     * another gateway may have added it; however many ask, there is one reading at a time. Fails with
     * `SERVICE_UNAVAILABLE`.
     */
    accept: pairs.accept,

    /** Whether this process knows the pair already, so that `accept` would not have to read the store. */
    isKnown: pairs.isKnown,

    /**
     * The pair that tokens are issued under. Fails with `SERVICE_UNAVAILABLE` before the first address is
     * known and stored, which it is a moment after the first gateway listens.
     */
    current() {
      if (current === undefined) throw serviceUnavailable(new Error('The issuer is not known yet'));
      return current;
    },

    /** To be called once the gateway listens at `listening`. */
    async settle(listening: string) {
      if (publicUrl !== undefined) return;
      current ??= await use(await pairs.findOrStoreAddress(listening));
      const { issuer: first } = current;
      if (first !== listening) log.info({ issuer: first }, 'the first address stays the issuer');
    },
  };
}

/** The stored pairs, and what this process knows of them. */
function createPairs(collection: DocumentCollection) {
  const known = new Set<string>();
  const isKnown = (pair: TokenParties) => known.has(keyOf(pair));

  async function read(): Promise<PartiesDocument> {
    const stored = await findOrInsert<PartiesDocument>(collection, PARTIES_ID, async () => ({
      pairs: [],
    }));
    for (const pair of stored.pairs) known.add(keyOf(pair));
    return stored;
  }

  // Or waits for a reading that another question has begun.
  const { run: readOnce, running } = createShared(read);

  return {
    read,

    /** Whether it was not there, while others were. */
    async add(pair: TokenParties): Promise<boolean> {
      if (known.has(keyOf(pair))) return false;
      const hadOthers = known.size > 0;
      const { issuer, audience } = pair;
      const update = { $addToSet: { pairs: { issuer, audience } } };
      await collection.updateOne({ _id: PARTIES_ID }, update);
      known.add(keyOf(pair));
      return hadOthers;
    },

    /** The address that was stored first; of several gateways one stores its own. */
    async findOrStoreAddress(address: string): Promise<string> {
      const first = { _id: PARTIES_ID, address: { $exists: false } };
      await collection.updateOne(first, { $set: { address } });
      return (await read()).address ?? address;
    },

    isKnown,

    async accept(pair: TokenParties): Promise<boolean> {
      // A reading that has begun already may have missed the pair.
      if (!isKnown(pair) && running() !== undefined) await running();
      if (!isKnown(pair)) await readOnce();
      return isKnown(pair);
    },
  };
}

function keyOf({ issuer, audience }: TokenParties): string {
  return JSON.stringify([issuer, audience]);
}
