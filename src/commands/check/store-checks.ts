/** Checks of the store: whether it can be used, which indexes it lacks, which keys it has. */
import type { Config } from '../../config.ts';
import { readJsonFile } from '../../json-file.ts';
import type { InspectedStore } from '../../open-store.ts';
import type { CollectionDefinition, InspectedIndex } from '../../store/port.ts';
import { CannotCheckError, type Check, count, type Finding } from './checks.ts';

const STORE_LIMIT = 8000;
/** All documents are read for the unique indexes that are missing. */
const INDEX_LIMIT = 30_000;
/** How many values are named that stand in the way of an index. */
const SHOWN_VALUES = 10;

/** The store as it was found. */
export interface OpenedStore {
  /** `null`: there is none yet. */
  readonly store: InspectedStore | null;
  /** Warnings of opening it. */
  readonly warnings: readonly string[];
}

/** The store: once opened, for all checks of it. */
export type Opening = () => Promise<OpenedStore>;

/** Whether the store can be used. */
export function checkStore({ store: config }: Config, opening: Opening): Check {
  const isEmbedded = config.kind === 'embedded';
  return {
    name: 'store',
    tried: isEmbedded
      ? `open the store in DATA_DIR "${config.dataDir}"`
      : 'connect to the database of MONGODB_URI',
    remedy: isEmbedded
      ? 'Correct DATA_DIR, or its owner and rights (docs/embedded-store.md)'
      : 'See that the database runs, that this machine reaches it, and that MONGODB_URI has the right address and credentials',
    limit: STORE_LIMIT,
    run: async () => {
      const { STORE_FORMAT } = await import('../../open-store.ts');
      const { isMade, readFormat } = await import('../../store/format.ts');
      const { store, warnings } = await opening();
      if (store === null || !(await isMade(store))) {
        return withWarnings(
          { status: 'ok', found: 'no store yet, the first start makes it' },
          warnings,
        );
      }
      await store.ping();
      const { stored, isNewer, isDue } = await readFormat(store, STORE_FORMAT);
      const found = `a store of format version ${stored}`;
      const facts = { formatVersion: stored };
      if (isNewer) {
        const remedy = 'Run the version of the gateway that was started on it';
        return {
          status: 'failed',
          found: `${found}, which is newer than this gateway`,
          facts,
          remedy,
        };
      }
      const next = isDue ? ', which the start brings up to date' : ' that can be used';
      return withWarnings({ status: 'ok', found: found + next, facts }, warnings);
    },
  };
}

function withWarnings(finding: Finding, warnings: readonly string[]): Finding {
  if (warnings.length === 0) return finding;
  return {
    ...finding,
    status: 'warning',
    found: [finding.found, ...warnings].join('; '),
    remedy: 'See docs/databases.md',
  };
}

/** An index that is missing or in the way of which something stands. */
interface IndexReport extends Omit<InspectedIndex, 'duplicates'> {
  readonly collection: string;
  /** Whether the start goes on without a unique index. */
  readonly isOptional: boolean;
  /** `null`: there was no time to look for them. */
  readonly duplicates: InspectedIndex['duplicates'];
}

/** Which indexes the start would build, and what stands in their way. */
export function checkIndexes(
  definitions: readonly CollectionDefinition[],
  opening: Opening,
): Check {
  return {
    name: 'indexes',
    tried: `look at the indexes of ${count(definitions.length, 'collection')}`,
    remedy: 'Remove or change the documents that share a value',
    limit: INDEX_LIMIT,
    run: async () => {
      const { store } = await openedFor(opening);
      if (store === null) return { status: 'ok', found: 'the first start builds them' };
      const reports: IndexReport[] = [];
      for (const definition of definitions) {
        const { indexes } = await store.inspect(definition);
        const isOptional = definition.onDuplicates === 'report';
        for (const index of indexes) {
          reports.push({ collection: definition.name, isOptional, ...index });
        }
      }
      return describeIndexes(reports);
    },
  };
}

function describeIndexes(reports: readonly IndexReport[]): Finding {
  const missing = reports.filter(({ isThere }) => !isThere);
  const blocked = missing.filter(({ duplicates }) => duplicates?.length !== 0);
  const parts = [
    `${reports.length - missing.length} of ${reports.length} are there`,
    ...(missing.length === 0 ? [] : [`the start builds ${missing.map(nameOf).join(', ')}`]),
    ...blocked.map(describeBlocked),
  ];
  const facts = {
    indexes: reports.map(({ collection, field, purpose, isThere }) => ({
      collection,
      field,
      purpose,
      isThere,
    })),
    duplicates: blocked.map(({ collection, field, duplicates, isOptional }) => ({
      collection,
      field,
      values: showValues(duplicates, isOptional),
      isCut: (duplicates?.length ?? 0) > SHOWN_VALUES,
    })),
  };
  const found = parts.join('; ');
  if (blocked.some(({ duplicates, isOptional }) => !isOptional && duplicates !== null)) {
    return { status: 'failed', found, facts };
  }
  if (blocked.length === 0) return { status: 'ok', found, facts };
  const remedy =
    'The start goes on with an index that is not unique; for a unique one, remove all documents of a user but one';
  return { status: 'warning', found, facts, remedy };
}

function nameOf({ collection, field }: IndexReport): string {
  return `${collection}.${field}`;
}

function describeBlocked(report: IndexReport): string {
  const { duplicates, isOptional } = report;
  if (duplicates === null) return `too many documents to look for duplicates of ${nameOf(report)}`;
  const more = duplicates.length > SHOWN_VALUES ? ' and others' : '';
  const values = showValues(duplicates, isOptional);
  const which = values === null ? count(duplicates.length, 'value') : values.join(', ') + more;
  return `several documents share a value of ${nameOf(report)}: ${which}`;
}

/** Ids of users may be shown, which the log names as well; values of the gateway's own documents not. */
function showValues(
  duplicates: InspectedIndex['duplicates'],
  isOptional: boolean,
): string[] | null {
  if (duplicates === null || !isOptional) return null;
  return duplicates.slice(0, SHOWN_VALUES).map(String);
}

/** The keys that tokens are signed with. */
export function checkKeys(config: Config, opening: Opening): Check {
  const { signingAlg: alg, signingKeysFile } = config.token;
  const isFile = signingKeysFile !== undefined;
  return {
    name: 'keys',
    tried: isFile ? 'read the keys of SIGNING_KEYS_FILE' : 'read the keys in the store',
    remedy: isFile
      ? 'Correct the file, or SIGNING_ALG'
      : 'Correct KEY_ENCRYPTION_SECRETS, or restore the store from a backup',
    limit: STORE_LIMIT,
    run: async () => {
      const file = await readJsonFile('SIGNING_KEYS_FILE', signingKeysFile);
      if (isFile) {
        const { importSigningKeys } = await import('../../token/keys.ts');
        const { active, published } = await importSigningKeys(file, alg);
        return describeKeys(published.length, active);
      }
      const { store } = await openedFor(opening);
      return checkStoredKeys(config, store);
    },
  };
}

async function checkStoredKeys(config: Config, store: InspectedStore | null): Promise<Finding> {
  const [{ KEYS_COLLECTION }, { createKeyStore }, keyRecord, readOnly, sealers] = await Promise.all(
    [
      import('../../token/keys.ts'),
      import('../../token/key-store.ts'),
      import('../../token/key-record.ts'),
      import('./read-only.ts'),
      import('../../token/open-sealer.ts'),
    ],
  );
  const { signingAlg: alg } = config.token;
  const inspection = await store?.inspect(KEYS_COLLECTION);
  const collection = readOnly.refuseWrites(inspection?.findOne);
  const keys = createKeyStore({ collection, sealer: await sealers.openKeySealer(config) });
  const stored = await keys.read();
  if (stored === null) return { status: 'ok', found: `none for ${alg} yet, the start makes one` };
  for (const record of stored.records) {
    if ((await keys.open(record)) === null) throw keys.describeFailure(record.kid);
  }
  const now = Date.now();
  const inForce = stored.records.filter((record) => keyRecord.stateOf(record, now) !== 'retired');
  const signer = keyRecord.findSigner(inForce, alg, now);
  if (signer === undefined) throw new Error('None of the keys in the store can sign');
  const finding = describeKeys(inForce.length, signer);
  if (signer.alg === alg) return finding;
  return {
    ...finding,
    found: `${finding.found} until one for ${alg}, which the start makes, does`,
  };
}

function describeKeys(
  keys: number,
  { alg, kid }: { readonly alg: string; readonly kid: string },
): Finding {
  const found = `${count(keys, 'key')}, ${kid} signs with ${alg}`;
  return { status: 'ok', found, facts: { keys, signing: kid } };
}

async function openedFor(opening: Opening): Promise<OpenedStore> {
  try {
    return await opening();
  } catch {
    throw new CannotCheckError('the store cannot be opened');
  }
}
