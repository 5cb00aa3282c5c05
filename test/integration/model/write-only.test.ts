import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { WriteChange } from '../../../src/custom-data/write.ts';
import type { DocumentCollection } from '../../../src/store/port.ts';
import type { Document } from '../../../src/values/documents.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import {
  decodeUnverifiedToken,
  logInAnonymously,
  OPERATIONS,
} from '../../support/graphql-client.ts';
import { askHistory } from '../../support/history.ts';
import { useSchemaGateway } from '../../support/schema-gateway.ts';
import {
  anyChange,
  hideFields,
  secretNumbers,
  seenDocument,
  UNSEEN_SCHEMA_FILE,
} from '../../support/unseen-fields.ts';

const STORED = '{ me { storedCustomData } }';
/** What is another for every user, every document and every moment; docs/schema.md says what revisions tell. */
const OWN_NAMES = new Set([
  ...['accessToken', 'expiresAt', 'tokenExpiresAt', 'customDataReadAt', 'at'],
  ...['cursor', 'startCursor', 'endCursor', 'customDataRevision', 'revision'],
]);

interface User {
  readonly id: string;
  readonly token: string;
}

describeOnEveryStore('two documents that look the same', (provideStore) => {
  const { send } = useSchemaGateway(provideStore, UNSEEN_SCHEMA_FILE, {
    CUSTOM_DATA_HISTORY: '50',
  });
  let documents: DocumentCollection;
  beforeAll(async () => {
    documents = await provideStore().openDocuments();
  });

  async function startUser(document: Document): Promise<User> {
    const { accessToken: token, user } = await logInAnonymously(send);
    await documents.insertOne({ userId: user.id, ...document });
    await send(OPERATIONS.refreshCustomData, { token });
    return { id: user.id, token };
  }

  /** Everything that a user is told, without what is another for every user. */
  async function ask({ id, token }: User, change: WriteChange): Promise<string> {
    const [query, variables] =
      'mode' in change
        ? [OPERATIONS.write, { data: change.newCustomUserData, mode: change.mode }]
        : [OPERATIONS.update, change];
    const written = await send(query, { token, variables });
    const answers = [written, await send(STORED, { token }), await askHistory(send, token)];
    const claims = JSON.stringify(written.data ?? null)
      .match(/[\w-]+\.[\w-]+\.[\w-]+/g)
      ?.map((issued) => decodeUnverifiedToken(issued).user_data);
    const told = answers.map(({ status, data, errors }) => ({ status, data, errors }));
    const text = JSON.stringify([told, claims], (name, value) =>
      OWN_NAMES.has(name) ? undefined : value,
    );
    const stored = await documents.findOne({ userId: id });
    return text.replaceAll(id, 'USER').replaceAll(String(stored?._id), 'DOCUMENT');
  }

  test('answer every write in the same way, whatever is in fields that their users do not see', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...[seenDocument, secretNumbers, secretNumbers],
        fc.array(anyChange, { minLength: 1, maxLength: 3 }),
        async (document, one, two, changes) => {
          const left = await startUser(hideFields(document, one));
          const right = await startUser(hideFields(document, two));
          for (const change of changes) {
            expect(await ask(right, change)).toBe(await ask(left, change));
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);
});
