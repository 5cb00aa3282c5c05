/** What others wrote is text on the explorer, wherever it is shown: documents, names, errors, schemas, links. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import {
  type ExplorerPage,
  editor,
  expectGood,
  logInOnPage,
  openExplorer,
  readToken,
  runOnPage,
  showPanel,
  write,
} from '../support/explorer-page.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../support/gateway.ts';
import { createGraphQLClient, OPERATIONS } from '../support/graphql-client.ts';

const TIMEOUT = 30_000;
const EDITOR = 'What to write, as JSON';
const ATTACK = '<img src=x onerror=document.title="run"><script>document.title="run"</script>';
/** Shorter, for names. */
const NAME = '<img src=x onerror=run()>';
const SHOWN = /onerror/;
const SCHEMA = {
  type: 'object',
  description: ATTACK,
  additionalProperties: false,
  properties: {
    age: { type: 'integer', minimum: 0, description: ATTACK },
    kind: { type: 'string', enum: [NAME, 'b'], description: ATTACK, deprecated: true },
    [NAME]: { type: 'string', 'x-graphql-name': 'odd' },
    color: { type: 'string' },
    theirs: { type: 'string' },
  },
};

describe('on the explorer', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let gateway: TestGateway;
  const browser = useBrowser();
  let explorer: ExplorerPage;
  let page: Page;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    const file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify(SCHEMA));
    gateway = await startGateway({
      DATA_DIR: directory.path,
      APP_NAME: ATTACK,
      CUSTOM_DATA_HISTORY: '10',
      CUSTOM_DATA_SCHEMA_FILE: file,
    });
  }, TIMEOUT);
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
  });
  beforeEach(async () => {
    explorer = await openExplorer(browser(), gateway.url);
    page = explorer.page;
  }, TIMEOUT);
  afterEach(async () => {
    expect(await page.title()).toBe(`Explorer of ${ATTACK}`);
    // Those in the shadow roots of editors, too.
    expect(await page.locator('img, main script, dialog script').count()).toBe(0);
    await expectGood(explorer);
    await explorer.close();
  }, TIMEOUT);

  async function writeElsewhere(data: object): Promise<void> {
    const send = createGraphQLClient(gateway.url);
    const { errors } = await send(OPERATIONS.write, {
      token: await readToken(page),
      variables: { data },
    });
    expect(errors).toBeUndefined();
  }

  async function openDocument(): Promise<Locator> {
    await logInOnPage(page, 'Anonymous');
    await writeElsewhere({ [NAME]: ATTACK });
    const panel = await showPanel(page, 'Custom data');
    await panel.getByRole('button', { name: /^Write on/ }).waitFor();
    return panel;
  }

  /** All that the page asks for fails in the words of an attacker. */
  async function failEverything(): Promise<void> {
    const extensions = { code: ATTACK, errorId: ATTACK };
    const json = { data: null, errors: [{ message: ATTACK, extensions }] };
    await page.route('**/graphql', (route) => route.fulfill({ json }));
  }

  test(
    'a document is text: stale, refreshed, side by side, in the claims, in an answer',
    async () => {
      const panel = await openDocument();
      await panel.getByText(SHOWN).first().waitFor();
      await panel.getByRole('button', { name: 'Side by side' }).click();
      await page.getByRole('dialog').getByText(SHOWN).first().waitFor();
      await page.keyboard.press('Escape');
      await panel.getByRole('button', { name: 'Refresh' }).click();
      await panel.getByText(/^Revision/).waitFor();
      const session = await showPanel(page, 'Session');
      await session.getByText('What takes most').click();
      await session.getByText('Claims of the token').click();
      expect(await session.getByText(SHOWN).count()).toBe(2);
      const { data } = await runOnPage(page, '{ me { customData } }');
      expect(data.me.customData[NAME]).toBe(ATTACK);
    },
    TIMEOUT,
  );

  test(
    'a document is text: in a conflict, and in the history',
    async () => {
      const panel = await openDocument();
      await write(page, EDITOR, JSON.stringify({ [NAME]: `mine ${ATTACK}` }));
      await writeElsewhere({ theirs: ATTACK });
      await panel.getByRole('button', { name: /^Write on/ }).click();
      await panel.getByText('Somebody else has written since').waitFor();
      for (const side of ['Theirs', 'Yours']) {
        const shown = page.getByLabel(`${side}, and how it differs from the base`);
        await shown.getByText(SHOWN).first().waitFor();
      }
      const latest = panel.locator('.revisions > li').first();
      await latest.locator('summary').click();
      await latest.getByText(SHOWN).first().waitFor();
    },
    TIMEOUT,
  );

  test(
    'names and places in a refusal are text, in the list and where the text is marked',
    async () => {
      const panel = await openDocument();
      await write(page, EDITOR, JSON.stringify({ kind: 'c', [`${NAME}2`]: 1 }));
      await panel.getByRole('button', { name: /^Write on/ }).click();
      const places = panel.getByRole('list', { name: 'Where' });
      await places.getByText(SHOWN).first().waitFor();
      await write(page, EDITOR, JSON.stringify({ [`$${NAME}`]: 1 }));
      await panel.getByRole('button', { name: /^Write on/ }).click();
      await panel.getByRole('alert').getByText('FIELD_NOT_WRITABLE').waitFor();
      await places.getByText(SHOWN).first().waitFor();
      const extensions = {
        code: 'CUSTOM_DATA_INVALID',
        violations: [{ path: `/$${NAME}`, message: ATTACK }],
      };
      const json = { data: null, errors: [{ message: ATTACK, extensions }] };
      await page.route('**/graphql', (route) => route.fulfill({ json }));
      await panel.getByRole('button', { name: /^Write on/ }).click();
      await panel.locator('.cm-lintRange-error').first().hover();
      await page.locator('.cm-tooltip-lint').getByText(SHOWN).first().waitFor();
    },
    TIMEOUT,
  );

  test(
    'an error is text: message, code and id, of whatever the page asks for',
    async () => {
      const panel = await openDocument();
      await failEverything();
      await panel.getByRole('button', { name: /^Write on/ }).click();
      const alert = panel.getByRole('alert');
      await alert.getByText('Nothing was written').waitFor();
      expect(await alert.getByText(SHOWN).count()).toBe(3);
      const latest = panel.locator('.revisions > li').nth(0);
      await latest.waitFor();
      await panel.getByRole('button', { name: 'Look again' }).click();
      await alert.getByText('The document cannot be read').waitFor();
      await page.keyboard.press('Control+Shift+R');
      const docs = await showPanel(page, 'Docs');
      await docs.getByRole('alert').getByText(SHOWN).first().waitFor();
      await runOnPage(page, '{ me { id } }');
      await page.locator('.answer').getByText(SHOWN).first().waitFor();
      const session = await showPanel(page, 'Session');
      await session.getByRole('button', { name: 'Log out' }).click();
      await session.getByRole('button', { name: 'Log in', exact: true }).click();
      await session.getByRole('alert').getByText(SHOWN).first().waitFor();
    },
    TIMEOUT,
  );

  test(
    'the schema is text: its fields, the documentation, completion, and faults that it finds',
    async () => {
      const panel = await openDocument();
      const fields = panel.getByRole('region', { name: 'Fields of the schema' });
      // Two descriptions, and a name.
      expect(await fields.getByText(SHOWN).count()).toBe(3);
      expect(await fields.textContent()).toContain(`kind: "${NAME}" or "b"`);
      const docs = await showPanel(page, 'Docs');
      await docs.getByRole('button', { name: 'Mutation' }).waitFor();
      await docs.getByLabel('Search types and fields').fill(ATTACK);
      await docs.getByText('Nothing has that in its name.').waitFor();
      await docs.getByLabel('Search types and fields').fill('CustomUserData');
      await docs.getByRole('button', { name: 'CustomUserData', exact: true }).click();
      await docs.getByText(SHOWN).nth(3).waitFor();
      await write(page, 'Operation', '{ me { customUserData { ag');
      await page.keyboard.press('Control+Space');
      await page.getByRole('option', { name: /^age/ }).waitFor();
      await page.locator('.cm-completionInfo').getByText(SHOWN).waitFor();
      await page.keyboard.press('Escape');
      await write(page, 'Operation', '{ me { customUserData { kind } } }');
      await page.locator('.cm-lintRange').first().hover();
      await page.locator('.cm-tooltip-lint').waitFor();
    },
    TIMEOUT,
  );

  test(
    'a token is text, whoever made it',
    async () => {
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = {
        sub: ATTACK,
        [NAME]: ATTACK,
        exp: 1,
        iat: ATTACK,
        user_data: { [NAME]: ATTACK },
      };
      const session = await showPanel(page, 'Session');
      await session.getByLabel('Log in with').selectOption('A token that you have');
      await session.getByLabel('Access token').fill(`${encode({})}.${encode(claims)}.c2ln`);
      await session.getByRole('button', { name: 'Use it' }).click();
      await session.getByRole('heading', { name: 'A token from elsewhere' }).waitFor();
      await session.getByText('What takes most').click();
      await session.getByText('Claims of the token').click();
      // Whose it is, the largest field, four values and a name.
      expect(await session.getByText(SHOWN).count()).toBe(7);
    },
    TIMEOUT,
  );

  test(
    'a link is text: operation, variables, the name of the operation',
    async () => {
      const parameters = new URLSearchParams({
        query: `query A { a: __typename } # ${ATTACK}\nquery B($${NAME}: Int) { b }`,
        variables: JSON.stringify({ [NAME]: ATTACK }),
        operationName: ATTACK,
      });
      await page.goto(`${gateway.url}/graphql?${parameters}`);
      await page.getByText('From a link. It was not run.').waitFor();
      await editor(page, 'Operation').getByText(SHOWN).first().waitFor();
      await editor(page, 'Variables, as JSON').getByText(SHOWN).first().waitFor();
      await page.keyboard.press('Control+Enter');
      await page.getByText(/^Status 400$/).waitFor();
      await (await showPanel(page, 'History')).getByText('A', { exact: true }).waitFor();
    },
    TIMEOUT,
  );
});
