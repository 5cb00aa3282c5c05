/** Gateways on documents and histories in memory. */

import type { CustomData } from '../../src/custom-data/custom-data.ts';
import { createCustomData } from '../../src/custom-data/custom-data.ts';
import { createHistory } from '../../src/custom-data/history/history.ts';
import type { HistoryRevision } from '../../src/custom-data/history/page.ts';
import type { CustomDataSchema } from '../../src/custom-data/schema/custom-data-schema.ts';
import { createLog } from '../../src/log.ts';
import type { Document } from '../../src/values/documents.ts';
import { KEY, USER_ID } from './custom-data.ts';
import { createMemoryCollection } from './memory-collection.ts';
import { createMemoryHistory } from './memory-history.ts';

/** What a test may choose. */
export interface RecordedDataOptions {
  readonly documents?: readonly Document[];
  /** Revisions that are kept; 100 by default. */
  readonly keep?: number;
  readonly schema?: CustomDataSchema | null;
}

/** What `setUpRecorded` makes. */
export type Recorded = ReturnType<typeof setUpRecorded>;

/** A store in memory with any number of gateways. Its clock advances by a second at each look. */
export function setUpRecorded({
  documents = [],
  keep = 100,
  schema = null,
}: RecordedDataOptions = {}) {
  const collection = createMemoryCollection(documents);
  const history = createMemoryHistory();
  const logged: string[] = [];
  const log = createLog('trace', { write: (line) => logged.push(line) });
  let time = 0;
  const now = () => {
    time += 1000;
    return time;
  };
  const createGateway = (): CustomData =>
    createCustomData({
      ...{ collection, now, revisionKey: KEY },
      userIdField: 'userId',
      claimEncoding: 'canonical',
      schema,
      history: createHistory({
        ...{ collection: history, keep, log, now, revisionKey: KEY },
      }),
      sleep: async () => undefined,
    });
  return { collection, history, logged, createGateway, gateway: createGateway() };
}

/** All revisions as a viewer sees them, the newest first. */
export async function readAll(
  gateway: CustomData,
  viewer: 'USER' | 'OPERATOR' = 'USER',
): Promise<readonly HistoryRevision[]> {
  const connection = await gateway.readHistory(USER_ID, { first: 1000, viewer });
  if (connection === null) throw new Error('No history is kept');
  return connection.edges.map(({ node }) => node);
}
