/** What the operator's functions write, in the history of the document. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AppDirectory, copySampleApp } from '../../support/functions-app.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { createGraphQLClient, logInAnonymously, OPERATIONS } from '../../support/graphql-client.ts';
import { readRevisions } from '../../support/history.ts';

/** Gives every new user a document. */
const ON_USER_CREATION = `exports = async (user) => {
  const documents = context.services.get('mongodb-atlas')
    .db(context.values.get('database')).collection('custom-user-data');
  await documents.insertOne({ userId: user.id, plan: 'free' });
};`;

/** Writes the caller's document, and then does not end well. */
const writing = (end: string) => `exports = async (color) => {
  const documents = context.services.get('mongodb-atlas')
    .db(context.values.get('database')).collection('custom-user-data');
  await documents.updateOne({ userId: context.user.id }, { $set: { color } });
  ${end}
};`;
const BAD_ENDS = {
  writeAndThrow: "throw new Error('too late');",
  writeAndHang: 'await new Promise(() => {});',
  writeAndExit: 'process.exit(1);',
} as const;

describeOnEveryStore('the history of what functions write', (provideStore) => {
  let app: AppDirectory;
  let gateway: TestGateway;

  beforeAll(async () => {
    const { env } = provideStore();
    app = await copySampleApp(env.CUSTOM_DATA_DATABASE ?? 'custom-user-data-database');
    await writeFile(join(app.path, 'functions/onUserCreation.js'), ON_USER_CREATION);
    for (const [name, end] of Object.entries(BAD_ENDS)) {
      await writeFile(join(app.path, `functions/${name}.js`), writing(end));
    }
    gateway = await startGateway({
      ...env,
      FUNCTION_TIMEOUT: '2s',
      FUNCTIONS_DIR: app.path,
      FUNCTION_SECRETS_FILE: join(app.path, 'secrets.json'),
      ON_USER_CREATION_FUNCTION: 'onUserCreation',
      CUSTOM_DATA_HISTORY: '10',
      DELETE_CUSTOM_DATA_WITH_USER: 'true',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await app.remove();
  });

  test('names FUNCTION for the creation function and for called ones, USER for the built-in write', async () => {
    const send = createGraphQLClient(gateway.url);
    const { accessToken: token, user } = await logInAnonymously(send);
    expect(user.customData).toMatchObject({ plan: 'free' });
    const call = (name: string, argument: object) =>
      send(OPERATIONS.callFunction, { token, variables: { name, arguments: [argument] } });
    expect((await call('writeProfile', { color: 'blue' })).errors).toBeUndefined();
    expect((await call('writeCustomUserData', { color: 'red' })).errors).toBeUndefined();
    expect((await call('sumFunc', {})).errors).toBeUndefined();
    const revisions = await readRevisions(send, token);
    expect(revisions.map(({ changes, writer }) => [writer, changes[0]])).toMatchObject([
      ['USER', { path: '/color', before: 'blue', after: 'red' }],
      ['FUNCTION', { path: '/color', kind: 'ADDED', after: 'blue' }],
      ['FUNCTION', { kind: 'ADDED' }],
    ]);
  });

  test.each(Object.keys(BAD_ENDS))(
    'names FUNCTION for one that does not end well: %s',
    async (name) => {
      const send = createGraphQLClient(gateway.url);
      const { accessToken: token } = await logInAnonymously(send);
      const { errors } = await send(OPERATIONS.callFunction, {
        token,
        variables: { name, arguments: ['blue'] },
      });
      expect(errors?.[0]?.extensions.code).toMatch(/^FUNCTION_(FAILED|LIMIT_EXCEEDED)$/);
      const [newest] = await readRevisions(send, token);
      expect(newest).toMatchObject({
        writer: 'FUNCTION',
        changes: [{ path: '/color', kind: 'ADDED', after: 'blue' }],
      });
    },
    20_000,
  );

  test('goes with the document when the user is deleted', async () => {
    const send = createGraphQLClient(gateway.url);
    const { accessToken: token, user } = await logInAnonymously(send);
    await send(OPERATIONS.write, { token, variables: { data: { a: 1 } } });
    const entriesOf = async () =>
      (await provideStore().readAll('custom-data-history')).filter(
        ({ userId }) => userId === user.id,
      );
    expect(await entriesOf()).not.toHaveLength(0);
    expect((await send('mutation { deleteUser }', { token })).errors).toBeUndefined();
    expect(await entriesOf()).toHaveLength(0);
  });
});
