import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Binary, Long, ObjectId } from '../../../src/bson.ts';
import { toUserId } from '../../../src/commands/moving/user-rows.ts';
import { useAccountGateway } from '../../support/account-gateway.ts';
import { mustLogIn } from '../../support/account-operations.ts';
import { runCommand } from '../../support/command.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const TIMEOUT = 60_000;

describeOnEveryStore('import', (provideStore) => {
  const { askForReset, resetWith, send } = useAccountGateway(provideStore);
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let count = 0;
  beforeAll(async () => {
    directory = await createTemporaryDirectory();
  });
  afterAll(() => directory.remove());

  async function run(rows: readonly unknown[], ...args: string[]) {
    count += 1;
    const file = join(directory.path, `${count}.ndjson`);
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { exitCode, stdout, stderr } = await runCommand(
      ['import', 'documents', file, '--json', ...args],
      provideStore().env,
    );
    return { file, exitCode, stderr, ...JSON.parse(stdout) };
  }
  const refusedIn = async (file: string) =>
    (await readFile(`${file}.refused.ndjson`, 'utf8'))
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row));
  const newId = () => new ObjectId().toHexString();
  const stored = async (_id: unknown) => (await provideStore().openDocuments()).findStored({ _id });

  test(
    'documents keep every type and stay their users',
    async () => {
      const [id, userId] = [newId(), newId()];
      const row = {
        _id: { $oid: id },
        userId,
        many: { $numberLong: '9007199254740993' },
        one: { $numberDouble: '1.0' },
        key: { $binary: { base64: 'AQID', subType: '00' } },
        at: { $date: '2020-01-01T00:00:00Z' },
      };
      expect(await run([row])).toMatchObject({ exitCode: 0, imported: 1 });
      expect((await stored(new ObjectId(id)))?.document).toEqual({
        _id: new ObjectId(id),
        userId,
        many: Long.fromString('9007199254740993'),
        one: expect.objectContaining({ _bsontype: 'Double', value: 1 }),
        key: new Binary(Buffer.from([1, 2, 3]), 0),
        at: new Date('2020-01-01T00:00:00Z'),
      });
      expect(await run([row])).toMatchObject({ exitCode: 0, imported: 0, present: 1 });
    },
    TIMEOUT,
  );

  test(
    'documents follow users whose ids become others',
    async () => {
      const [_id, userId] = [newId(), `uuid-of-${newId()}`];
      await run([{ _id, userId }]);
      expect((await stored(_id))?.document.userId).toBe(toUserId(userId).id);
    },
    TIMEOUT,
  );

  test(
    'documents that would take the place of others are refused, in a dry run as well',
    async () => {
      const [_id, userId] = [newId(), newId()];
      await run([{ _id, userId, color: 'blue' }]);
      const rows = [
        { _id, userId: newId() },
        { _id: newId(), userId },
        { userId: newId() },
        [],
        { _id: newId(), at: { $date: 'never' } },
        { _id: 'twice' },
        { _id: 'twice' },
      ];
      const reasons = [
        'Another document has the "_id"',
        'The user has a document already',
        'The document has no "_id"',
        'The row is no document',
        '"$date" is malformed',
      ];
      const refused = reasons.map((reason, index) => ({ line: index + 1, reason }));
      const all = [...refused, { line: 7, reason: 'Line 6 has the "_id" as well' }];
      const dry = await run(rows, '--dry-run');
      expect(dry).toMatchObject({ exitCode: 1, imported: 1, refused: 6 });
      expect(await refusedIn(dry.file)).toEqual(all);
      expect(await stored('twice')).toBeNull();
      const { file } = await run(rows);
      expect(await refusedIn(file)).toEqual(all);
      expect((await stored(_id))?.document).toEqual({ _id, userId, color: 'blue' });
    },
    TIMEOUT,
  );

  test(
    'users of the collection alone get accounts, with an address to reset by',
    async () => {
      const documents = await provideStore().openDocuments();
      await documents.deleteMany({});
      const [ada, bob] = [newId(), newId()];
      const email = `ada-${ada}@example.com`;
      await documents.insertOne({ userId: ada, contact: { email } });
      await documents.insertOne({ _id: 'text', userId: bob });
      await documents.insertOne({ _id: 7, userId: 'no id' });
      const cwd = join(directory.path, 'reports');
      await mkdir(cwd);
      const args = ['import', 'users', '--from', 'collection', '--email-field', 'contact.email'];
      const { exitCode, stdout, stderr } = await runCommand(
        [...args, '--json'],
        provideStore().env,
        undefined,
        cwd,
      );
      expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
        ...{ exitCode: 1, imported: 2, refused: 1 },
      });
      expect(stderr).toContain('"userId" is no user id of 24 hex digits');
      expect(await refusedIn(join(cwd, 'collection'))).toHaveLength(1);
      await resetWith(await askForReset(email), 'chosen by the owner');
      const session = await mustLogIn(send, {
        emailPassword: { email, password: 'chosen by the owner' },
      });
      expect(session.user.id).toBe(ada);
      const account = await (await provideStore().openState('accounts')).findOne({ _id: bob });
      expect(account?.identities).toMatchObject([{ provider: 'anon-user', externalId: bob }]);
    },
    TIMEOUT,
  );

  test('of users names either a file or the collection', async () => {
    for (const args of [['users'], ['users', 'file', '--from', 'collection'], ['documents']]) {
      const { exitCode } = await runCommand(['import', ...args], provideStore().env);
      expect(exitCode).toBe(2);
    }
  });
});
