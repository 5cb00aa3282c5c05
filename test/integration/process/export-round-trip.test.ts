import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../src/bson.ts';
import { mustLogIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import {
  comparableUsers,
  documentRow,
  type ExportedRow,
  historyRows,
  readExported,
  sorted,
  userRow,
  withOwnIds,
} from '../../support/exported-rows.ts';
import {
  createTemporaryDirectory,
  startGateway,
  type TestEnv,
  type TestGateway,
} from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, OPERATIONS } from '../../support/graphql-client.ts';
import { HISTORY_OPERATIONS, readHistory, type ShownHistory } from '../../support/history.ts';

const TIMEOUT = 120_000;
const password = 'correct horse';
const KEPT = { CUSTOM_DATA_HISTORY: '10' };

describeOnEveryStore('an export that is imported', (provideStore) => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let source: TestGateway;
  let target: TestGateway;
  let sourceEnv: TestEnv;
  let targetEnv: TestEnv;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    sourceEnv = { ...KEPT, DATA_DIR: join(directory.path, 'source') };
    targetEnv = { ...KEPT, ...provideStore().env };
    source = await startGateway(sourceEnv);
    target = await startGateway(targetEnv);
  });
  afterAll(async () => {
    await source.stop();
    await target.stop();
    await directory.remove();
  });

  async function run(env: TestEnv, ...args: string[]) {
    const { exitCode, stdout, stderr } = await runCommand([...args, '--json'], env);
    expect({ args, exitCode, stderr }).toMatchObject({ args, exitCode: 0 });
    return JSON.parse(stdout);
  }
  async function importRows(env: TestEnv, what: string, rows: readonly ExportedRow[]) {
    const file = join(directory.path, `${what}.ndjson`);
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const counts = { imported: rows.length, present: 0, refused: 0 };
    expect(await run(env, 'import', what, file)).toMatchObject(counts);
  }

  test(
    'loses nothing of users of every kind, documents of every type and their history',
    async () => {
      const numRuns = 200;
      const seed = 20_261_129;
      const canHold = (row: ExportedRow) => provideStore().canHold(row);
      const users = fc.sample(userRow, { numRuns, seed });
      const documents = withOwnIds(fc.sample(documentRow, { numRuns, seed }).filter(canHold));
      const histories = fc.sample(historyRows, { numRuns, seed });
      const history = histories
        .sort(([one], [other]) => (String(one?.userId) < String(other?.userId) ? -1 : 1))
        .flat();
      await importRows(sourceEnv, 'users', users);
      await importRows(sourceEnv, 'documents', documents);
      await importRows(sourceEnv, 'history', history);

      const [first, second] = [join(directory.path, 'first'), join(directory.path, 'second')];
      await run(sourceEnv, 'export', first, '--with-secrets');
      await run(targetEnv, 'import', 'all', first);
      await run(targetEnv, 'export', second, '--with-secrets');
      for (const out of [first, second]) {
        expect(comparableUsers(await readExported(out, 'users'))).toEqual(comparableUsers(users));
        expect(sorted(await readExported(out, 'documents'))).toEqual(sorted(documents));
        expect(await readExported(out, 'history')).toEqual(history);
      }
      // Once more: everything is there.
      expect(await run(targetEnv, 'import', 'all', second)).toMatchObject({
        history: { imported: 0, present: history.length },
        documents: { imported: 0, present: documents.length },
        users: { imported: 0, present: users.length },
      });
    },
    TIMEOUT,
  );

  test(
    'goes on with the history of before: shown, brought back, nothing noticed that did not happen',
    async () => {
      const there = createGraphQLClient(source.url);
      const email = `ada-${new ObjectId().toHexString()}@example.com`;
      await there(OPERATIONS.registerUser, { variables: { email, password } });
      const credentials = { emailPassword: { email, password } };
      const { accessToken: token } = await mustLogIn(there, credentials);
      for (const color of ['blue', 'red', 'green']) {
        await there(
          `mutation { writeCustomUserData(newCustomUserData: {color: "${color}"}) { customData } }`,
          { token },
        );
      }
      const before = await readHistory(there, token);
      const out = join(directory.path, 'ada');
      await run(sourceEnv, 'export', out, '--with-secrets');
      await run(targetEnv, 'import', 'all', out);

      const here = createGraphQLClient(target.url);
      const { accessToken: own } = await mustLogIn(here, credentials);
      const after = await readHistory(here, own);
      expect(after.edges).toHaveLength(3);
      expect(withoutRevisions(after)).toEqual(withoutRevisions(before));
      const blue = after.edges[2]?.node.revision;
      const { data } = await here(HISTORY_OPERATIONS.restore, {
        token: own,
        variables: { revision: blue },
      });
      expect(data.restoreCustomUserData.customData).toMatchObject({ color: 'blue' });
      const [newest] = (await readHistory(here, own)).edges;
      expect(newest?.node).toMatchObject({ writer: 'USER', revision: blue });
    },
    TIMEOUT,
  );

  test(
    'leaves the history alone of who has another one here',
    async () => {
      const here = createGraphQLClient(target.url);
      const { data } = await here(OPERATIONS.logInAnonymously);
      const token = data.logIn.accessToken;
      await here('mutation { writeCustomUserData(newCustomUserData: {n: 1}) { customData } }', {
        token,
      });
      const before = await readHistory(here, token);
      const userId = data.logIn.user.id;
      const at = new Date(0).toISOString();
      const row = { userId, start: 0, at, writer: 'USER', document: { _id: 'x', n: 2 } };
      const file = join(directory.path, 'other.ndjson');
      const rows = [0, 1, 2, 3].map((sequence) => JSON.stringify({ ...row, sequence }));
      const wrong = JSON.stringify({ ...row, sequence: 3 });
      await writeFile(file, `${[...rows, wrong].join('\n')}\n`);
      const { exitCode, stderr } = await runCommand(['import', 'history', file], targetEnv);
      expect(exitCode).toBe(1);
      for (const line of [1, 2, 3, 4]) {
        expect(stderr).toContain(`${file}:${line}: The user has another history here\n`);
      }
      expect(stderr).toContain(
        `${file}:5: The row is not in the order of "userId" and "sequence"\n`,
      );
      expect(await readHistory(here, token)).toEqual(before);
    },
    TIMEOUT,
  );

  test('of a history is refused where none is kept', async () => {
    const file = join(directory.path, 'none.ndjson');
    await writeFile(file, '{}\n');
    const { exitCode, stderr } = await runCommand(['import', 'history', file], provideStore().env);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('No history is kept: set CUSTOM_DATA_HISTORY');
  });
});

/** They are made under a key of the store. */
function withoutRevisions({ edges }: ShownHistory): unknown[] {
  return edges.map(({ node: { revision: _revision, ...node } }) => node);
}
