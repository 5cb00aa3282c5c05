/** `functions list` and `functions call`: for cron and operators. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../../support/command.ts';
import { type AppDirectory, writeApp } from '../../support/functions-app.ts';
import { startGateway, type TestEnv, type TestGateway } from '../../support/gateway.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';

const TIMEOUT = 60_000;

const APP = {
  'config.json': [
    { name: 'nightly', private: true, can_evaluate: { '%%user.id': 'nobody' } },
    { name: 'double', run_as_system: true },
    { name: 'failing', private: true },
    { name: 'nothing' },
  ],
  'nightly.js': `exports = async (kind) => {
    console.log('counting');
    const reports = context.services.get('mongodb-atlas').db('reports').collection('nightly');
    await reports.insertOne({ kind });
    return {
      user: context.user.type,
      isSystem: context.runningAsSystem(),
      count: await reports.count({ kind }),
    };
  };`,
  'double.js': 'exports = (number) => BSON.Long.fromNumber(2 * number);',
  'failing.js': "exports = () => { throw new Error('no luck'); };",
  'nothing.js': 'exports = () => {};',
};

let app: AppDirectory;
beforeAll(async () => {
  app = await writeApp(APP);
});
afterAll(() => app.remove());

describeOnEveryStore('functions', (provideStore) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway(provideStore().env);
  });
  afterAll(() => gateway.stop());

  const functions = (args: readonly string[], env: TestEnv = {}) =>
    runCommand(['functions', ...args], { ...provideStore().env, FUNCTIONS_DIR: app.path, ...env });

  test(
    'call runs a private one as the system, past its rule, beside a gateway that runs',
    async () => {
      const kind = provideStore().env.MONGODB_URI ?? 'embedded';
      const { exitCode, stdout, stderr } = await functions([
        'call',
        'nightly',
        JSON.stringify([kind]),
        '--json',
      ]);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        function: 'nightly',
        result: { user: 'system', isSystem: true, count: 1 },
      });
      expect(stderr).toContain('counting');
    },
    TIMEOUT,
  );

  test(
    'call takes and prints Extended JSON',
    async () => {
      const { stdout } = await functions(['call', 'double', '[{"$numberInt":"21"}]']);
      expect(stdout).toBe('42\n');
      const nothing = await functions(['call', 'nothing']);
      expect(nothing).toMatchObject({ exitCode: 0, stdout: 'null\n' });
    },
    TIMEOUT,
  );

  test(
    'call fails with exit code 1 and what the function says, or that there is none',
    async () => {
      const failed = await functions(['call', 'failing']);
      expect(failed).toMatchObject({ exitCode: 1, stdout: '' });
      expect(failed.stderr).toMatch(/^custom-user-data: no luck$/m);
      const none = await functions(['call', 'gone']);
      expect(none.exitCode).toBe(1);
      expect(none.stderr).toMatch(/^custom-user-data: function not found: 'gone'$/m);
      const wrong = await functions(['call', 'double', '[{"$numberInt":"x"}]']);
      expect(wrong.exitCode).toBe(1);
    },
    TIMEOUT,
  );

  test(
    'what is called is in the audit log, however it ends; what is not there is not',
    async () => {
      const env = { AUDIT_LOG: 'store' };
      for (const name of ['double', 'failing', 'gone']) {
        await functions(['call', name, '[1]'], env);
      }
      const { stdout } = await runCommand(['audit', '--json'], { ...provideStore().env, ...env });
      const entries = stdout.trim().split('\n');
      expect(entries.map((line) => JSON.parse(line))).toMatchObject([
        { type: 'FUNCTION_CALLED', actor: 'OPERATOR', function: 'double' },
        { type: 'FUNCTION_CALLED', actor: 'OPERATOR', function: 'failing' },
      ]);
    },
    TIMEOUT,
  );

  test(
    'call with arguments that are no JSON array is wrong usage, and they are not quoted',
    async () => {
      for (const args of ['{"secret":1}', 'secret']) {
        const { exitCode, stderr } = await functions(['call', 'double', args]);
        expect(exitCode).toBe(2);
        expect(stderr).toBe('error: the arguments are no JSON array\n');
      }
    },
    TIMEOUT,
  );

  test(
    'list says in the order of the app who may call each, and needs functions',
    async () => {
      const { exitCode, stdout } = await functions(['list']);
      expect({ exitCode, stdout }).toEqual({
        exitCode: 0,
        stdout: 'private  nightly\npublic   double\nprivate  failing\npublic   nothing\n',
      });
      const asJson = await functions(['list', '--json']);
      expect(JSON.parse(asJson.stdout)).toEqual({
        functions: [
          { name: 'nightly', isPrivate: true, runAsSystem: false },
          { name: 'double', isPrivate: false, runAsSystem: true },
          { name: 'failing', isPrivate: true, runAsSystem: false },
          { name: 'nothing', isPrivate: false, runAsSystem: false },
        ],
        problems: [],
      });
      const none = await functions(['list'], { FUNCTIONS_DIR: undefined });
      expect(none).toMatchObject({
        exitCode: 1,
        stderr: 'custom-user-data: FUNCTIONS_DIR is not set\n',
      });
    },
    TIMEOUT,
  );
});
