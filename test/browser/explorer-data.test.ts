/** The document on the explorer: token and store, writing, conflicts, history. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { mustLogIn } from '../support/account-operations.ts';
import { useBrowser } from '../support/browser.ts';
import {
  type ExplorerPage,
  editor,
  expectGood,
  logInOnPage,
  openExplorer,
  read,
  showPanel,
  write,
} from '../support/explorer-page.ts';
import { createTemporaryDirectory, startGateway, type TestGateway } from '../support/gateway.ts';
import { createGraphQLClient, OPERATIONS, type SendOperation } from '../support/graphql-client.ts';

const TIMEOUT = 30_000;
const PASSWORD = 'correct horse battery';
const EDITOR = 'What to write, as JSON';
const STORED = 'Document in token and store';
const SCHEMA = {
  type: 'object',
  properties: {
    age: { type: 'integer', minimum: 0, description: 'In years' },
    role: { type: 'string', enum: ['member', 'admin'], readOnly: true },
    photos: { type: 'array', items: { type: 'string' }, 'x-token': false },
    pin: { type: 'string', writeOnly: true },
    riskScore: { type: 'number', readOnly: true, writeOnly: true },
  },
};

describe('the document on the explorer', () => {
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
  let gateway: TestGateway;
  let send: SendOperation;
  const browser = useBrowser();
  let explorer: ExplorerPage;
  let page: Page;
  let panel: Locator;
  let people = 0;
  let email: string;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    const file = join(directory.path, 'schema.json');
    await writeFile(file, JSON.stringify(SCHEMA));
    gateway = await startGateway({
      DATA_DIR: directory.path,
      CUSTOM_DATA_HISTORY: '10',
      CUSTOM_DATA_SCHEMA_FILE: file,
    });
    send = createGraphQLClient(gateway.url);
  }, TIMEOUT);
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
  });
  beforeEach(async () => {
    people += 1;
    email = `person-${people}@example.com`;
    await send(OPERATIONS.registerUser, { variables: { email, password: PASSWORD } });
    explorer = await openExplorer(browser(), gateway.url);
    page = explorer.page;
    const values = { 'E-mail address': email, Password: PASSWORD };
    await logInOnPage(page, 'E-mail and password', values);
    panel = await showPanel(page, 'Custom data');
    await panel.getByRole('button', { name: /^Write on/ }).waitFor();
  }, TIMEOUT);
  afterEach(async () => {
    await expectGood(explorer);
    await explorer.close();
  }, TIMEOUT);

  /** The same user, at another device. */
  async function writeElsewhere(data: object): Promise<void> {
    const credentials = { emailPassword: { email, password: PASSWORD } };
    const { accessToken: token } = await mustLogIn(send, credentials);
    await send(OPERATIONS.write, { token, variables: { data } });
  }

  async function writeOnPage(data: object): Promise<void> {
    await write(page, EDITOR, JSON.stringify(data));
    await panel.getByRole('button', { name: /^Write on/ }).click();
  }

  const lookAgain = () => panel.getByRole('button', { name: 'Look again' }).click();
  const shownText = async (label: string) => (await read(page, label)).replace(/\s/g, '');

  test(
    'says that there is none, and makes it',
    async () => {
      await panel.getByText('There is no document yet').waitFor();
      await writeOnPage({ color: 'blue' });
      await editor(page, STORED).getByText('"blue"').waitFor();
      expect(await shownText(STORED)).toContain('"color":"blue"');
    },
    TIMEOUT,
  );

  test(
    'follows changes, so that the token shows each without anybody asking',
    async () => {
      await panel.getByLabel('Follow changes').check();
      await writeElsewhere({ color: 'blue' });
      await editor(page, STORED).getByText('"blue"').waitFor();
      await writeElsewhere({ color: 'red' });
      await editor(page, STORED).getByText('"red"').waitFor();
      await panel.getByText(/^Revision/).waitFor();
      await expectGood(explorer);
      await panel.getByLabel('Follow changes').uncheck();
      await writeElsewhere({ color: 'green' });
      await lookAgain();
      await panel.getByText(/^Token shows revision/).waitFor();
    },
    TIMEOUT,
  );

  test(
    'is told of in the editor by a subscription, result by result, until it is stopped',
    async () => {
      const field = '{ customDataChanged { accessToken user { customData } } }';
      await write(page, 'Operation', `subscription ${field}`);
      await page.keyboard.press('Control+Enter');
      await writeElsewhere({ color: 'blue' });
      const said = page.getByRole('status');
      await said.getByText('Result 1').waitFor();
      await writeElsewhere({ color: 'red' });
      await said.getByText('Result 2').waitFor();
      expect(JSON.parse(await read(page, 'Answer, as JSON'))).toMatchObject({
        data: { customDataChanged: { user: { customData: { color: 'red' } } } },
      });
      // Its token has taken the place of the one before.
      await panel.getByText(/^Revision/).waitFor();
      expect(await shownText(STORED)).toContain('"color":"red"');
      await expectGood(explorer);
      await page.keyboard.press('Control+Enter');
      await said.getByText('The subscription has ended').waitFor();
      expect(await page.getByText('Result 2', { exact: true }).count()).toBe(1);
    },
    TIMEOUT,
  );

  test(
    'marks what the token does not show yet, and refreshes it',
    async () => {
      await writeOnPage({ color: 'blue' });
      await editor(page, STORED).getByText('"blue"').waitFor();
      await writeElsewhere({ color: 'red' });
      await lookAgain();
      await panel.getByText(/^Token shows revision [\w-]{8} of .*; stored is [\w-]{8}$/).waitFor();
      const differing = 'Stored document, and how it differs from the token';
      expect(await shownText(differing)).toContain('"color":"red"');
      await expectGood(explorer);
      await panel.getByRole('button', { name: 'Side by side' }).click();
      const sides = page.getByRole('dialog', { name: 'Token and store' });
      await sides.locator('.cm-new').waitFor();
      expect(await sides.locator('.cm-gone').allInnerTexts()).toEqual(['blue']);
      expect(await sides.locator('.cm-new').allInnerTexts()).toEqual(['red']);
      await expectGood(explorer);
      await page.keyboard.press('Escape');
      await sides.waitFor({ state: 'detached' });
      await panel.getByRole('button', { name: 'Refresh' }).click();
      await panel.getByText(/^Revision/).waitFor();
      expect(await shownText(STORED)).toContain('"color":"red"');
    },
    TIMEOUT,
  );

  test(
    'of a conflict shows yours, theirs and what both began with, and writes yours on theirs',
    async () => {
      await writeOnPage({ color: 'blue' });
      await editor(page, STORED).getByText('"blue"').waitFor();
      await write(page, EDITOR, '{"mine": 1}');
      await writeElsewhere({ theirs: 2 });
      await panel.getByRole('button', { name: /^Write on/ }).click();
      await panel.getByText('Somebody else has written since. Nothing of yours was.').waitFor();
      expect(await shownText('Theirs, and how it differs from the base')).toContain('"theirs":2');
      expect(await shownText('Yours, and how it differs from the base')).toContain('"mine":1');
      await expectGood(explorer);
      await panel.getByRole('button', { name: 'Write yours on theirs' }).click();
      await panel.getByText('Somebody else has written since').waitFor({ state: 'detached' });
      await editor(page, STORED).getByText('"theirs"').waitFor();
      const stored = await shownText(STORED);
      for (const field of ['"color":"blue"', '"theirs":2', '"mine":1']) {
        expect(stored).toContain(field);
      }
    },
    TIMEOUT,
  );

  test(
    'never replaces what somebody types by what is read meanwhile',
    async () => {
      await write(page, EDITOR, '{"mine": 1}');
      await writeElsewhere({ theirs: 2 });
      await lookAgain();
      await panel.getByText(/^Token shows/).waitFor();
      expect(await read(page, EDITOR)).toBe('{"mine": 1}');
    },
    TIMEOUT,
  );

  test(
    'shows an error at the place that it is about',
    async () => {
      await writeOnPage({ age: -1 });
      await panel.getByRole('alert').getByText('CUSTOM_DATA_INVALID').waitFor();
      const marked = panel.locator('.cm-lintRange-error');
      await marked.first().waitFor();
      expect(await marked.allTextContents()).toEqual(['-1']);
      // What checks the JSON itself adds to them.
      await editor(page, EDITOR).press('Control+End');
      await page.keyboard.type('!');
      await panel.locator('.cm-lintPoint').waitFor({ state: 'attached' });
      expect(await marked.allTextContents()).toContain('-1');
      await panel.getByRole('list', { name: 'Where' }).getByText('/age').waitFor();
    },
    TIMEOUT,
  );

  test(
    'says of each field of the schema what it is, who writes it, who sees it, and whether tokens carry it',
    async () => {
      const fields = panel.getByRole('region', { name: 'Fields of the schema' });
      const said = await fields.locator('.fields > li').allInnerTexts();
      const words = said.map((text) => text.split(/\s*\n\s*/));
      expect(words).toEqual([
        ['age: integer', 'In years', 'Users write it', 'Users see it', 'Tokens carry it'],
        ['role: "member" or "admin"', 'Users may not write it', 'Users see it', 'Tokens carry it'],
        ['photos: array of string', 'Users write it', 'Users see it', 'Tokens do not carry it'],
        ['pin: string', 'Users write it', 'Users never see it', 'Tokens do not carry it'],
      ]);
    },
    TIMEOUT,
  );

  test(
    'goes back to a revision of the history',
    async () => {
      await writeOnPage({ color: 'blue' });
      await editor(page, STORED).getByText('"blue"').waitFor();
      await write(page, EDITOR, '{"color": "red"}');
      await panel.getByRole('button', { name: /^Write on/ }).click();
      await panel.getByText('"red"').first().waitFor();
      const former = panel.locator('.revisions > li').nth(1);
      await former.locator('summary').click();
      await former.getByText('"blue"').waitFor();
      await expectGood(explorer);
      await former.getByRole('button', { name: /^Restore/ }).click();
      await panel.locator('.revisions > li').nth(2).waitFor();
      expect(await shownText(STORED)).toContain('"color":"blue"');
    },
    TIMEOUT,
  );
});
