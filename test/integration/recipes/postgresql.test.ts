/** The recipes of `docs/claims.md` for PostgreSQL, and what PostgREST does with it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readKeys, verifyToken } from '../../support/other-verifier.ts';
import { type Postgresql, startPostgresql } from '../../support/postgresql.ts';
import { describeWithProgram } from '../../support/programs.ts';
import {
  PAGE_ISSUER,
  type RecipeUser,
  readRecipe,
  useRecipeGateway,
} from '../../support/recipes.ts';

const TIMEOUT = 60_000;

/** Runs steps one after the other by `asUser` of the page, on one connection. */
const DRIVER = `
  import { asUser } from './notes.mjs';
  const results = [];
  for (const { token, sql, values } of JSON.parse(process.argv[2])) {
    const query = (client) => client.query(sql, values);
    results.push(await asUser(token, query).then(({ rows }) => rows, ({ code, message }) => code ?? message));
  }
  console.log(JSON.stringify(results));
  process.exit();
`;

interface Step {
  readonly token: string;
  readonly sql: string;
  readonly values?: readonly unknown[];
}

const READ = 'select owner, body from notes order by id';
const INSERT = 'insert into notes (body) values ($1)';

describeWithProgram('postgres', 'the recipes for PostgreSQL', (postgres) => {
  const gateway = useRecipeGateway();
  let database: Postgresql;
  let driver: string;
  let ada: RecipeUser;
  let bob: RecipeUser;
  let editor: RecipeUser;

  beforeAll(async () => {
    database = await startPostgresql(postgres);
    const heading = 'Row level security in PostgreSQL';
    const made = await database.run(await readRecipe(heading, 'sql'));
    if (made.error !== '') throw new Error(made.error);
    // One connection, so that whatever a request leaves behind meets the next.
    const code = await readRecipe(heading, 'js', {
      [PAGE_ISSUER]: gateway.url(),
      "user: 'app_server'": "user: 'app_server', max: 1",
    });
    await gateway.write('notes.mjs', code);
    driver = await gateway.write('driver.mjs', DRIVER);
    ada = await gateway.logIn({ role: 'visitor' });
    bob = await gateway.logIn();
    editor = await gateway.logIn({ role: 'editor' });
    const inserted = await run([
      { token: ada.accessToken, sql: INSERT, values: ['of Ada'] },
      { token: bob.accessToken, sql: INSERT, values: ['of Bob'] },
    ]);
    expect(inserted).toEqual([[], []]);
  }, TIMEOUT);
  afterAll(() => database.stop());

  async function run(steps: readonly Step[]): Promise<unknown[]> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [driver, JSON.stringify(steps)],
      { env: { ...process.env, ...database.env } },
    );
    return JSON.parse(stdout);
  }

  test(
    'two users see their own rows only, an editor those of all',
    async () => {
      const results = await run([
        { token: ada.accessToken, sql: READ },
        { token: bob.accessToken, sql: READ },
        { token: editor.accessToken, sql: READ },
      ]);
      const [ofAda, ofBob] = [
        { owner: ada.id, body: 'of Ada' },
        { owner: bob.id, body: 'of Bob' },
      ];
      expect(results).toEqual([[ofAda], [ofBob], [ofAda, ofBob]]);
    },
    TIMEOUT,
  );

  test(
    'nobody writes for another, and who reads all writes only own rows',
    async () => {
      const forBob = 'insert into notes (owner, body) values ($1, $2)';
      const steal = 'update notes set owner = $1 returning id';
      const results = await run([
        { token: ada.accessToken, sql: forBob, values: [bob.id, 'x'] },
        { token: editor.accessToken, sql: forBob, values: [bob.id, 'x'] },
        { token: editor.accessToken, sql: steal, values: [editor.id] },
        { token: editor.accessToken, sql: 'delete from notes returning id' },
      ]);
      // 42501: insufficient_privilege
      expect(results).toEqual(['42501', '42501', [], []]);
    },
    TIMEOUT,
  );

  test(
    'a role that was not granted, and a refresh token, are nobody',
    async () => {
      const owner = await gateway.logIn({ role: 'postgres' });
      const results = await run([
        { token: owner.accessToken, sql: READ },
        { token: ada.refreshToken, sql: READ },
      ]);
      expect(results).toEqual(['42501', 'ERR_JWT_CLAIM_VALIDATION_FAILED']);
    },
    TIMEOUT,
  );

  test('the server by itself sees nothing', async () => {
    expect((await database.run(READ, 'app_server')).error).toContain('permission denied');
  });

  test('what PostgREST sends at the beginning of a transaction has the same effect', async () => {
    const configuration = await readRecipe('PostgREST', 'ini');
    const [, audience] = /^jwt-aud = "(.*)"$/m.exec(configuration) ?? [];
    const keys = await readKeys(gateway.url());
    const read = async ({ accessToken }: RecipeUser) => {
      const verified = verifyToken(accessToken, keys, { audience });
      const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
      const { output } = await database.run(
        `begin;
         select from (select set_config('role', ${quote(String(verified.role))}, true),
           set_config('request.jwt.claims', ${quote(JSON.stringify(verified))}, true)) as settings;
         select string_agg(body, ', ' order by id) from notes;
         commit`,
        'app_server',
      );
      return output;
    };
    expect(audience).toBe('myapp-abcde');
    expect(await read(ada)).toBe('of Ada');
    expect(await read(bob)).toBe('of Bob');
    expect(await read(editor)).toBe('of Ada, of Bob');
  });
});
