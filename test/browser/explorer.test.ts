/** The explorer, driven as a person would, with every other host out of reach. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.ts';
import {
  type ExplorerPage,
  editor,
  expectGood,
  openExplorer,
  read,
  showPanel,
  write,
} from '../support/explorer-page.ts';
import { useEmbeddedGateway } from '../support/gateway.ts';

const TIMEOUT = 30_000;

describe('the explorer', () => {
  const gateway = useEmbeddedGateway();
  const browser = useBrowser();
  let explorer: ExplorerPage;
  let page: Page;

  beforeEach(async () => {
    explorer = await openExplorer(browser(), gateway().url);
    page = explorer.page;
  }, TIMEOUT);
  afterEach(async () => {
    await expectGood(explorer);
    await explorer.close();
  }, TIMEOUT);

  /** Until the schema is there, nothing is checked. */
  const readSchema = async () => {
    const panel = await showPanel(page, 'Docs');
    await panel.getByRole('button', { name: 'Mutation' }).waitFor();
  };
  const run = async () => {
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^Status \d+$/).waitFor();
    return JSON.parse(await read(page, 'Answer, as JSON'));
  };

  test(
    'opens with an example that runs at once',
    async () => {
      expect(await run()).toEqual({ data: { me: null } });
    },
    TIMEOUT,
  );

  test(
    'completes fields, with their descriptions, from the schema of the gateway',
    async () => {
      await readSchema();
      await write(page, 'Operation', '{ me { custom');
      await page.keyboard.press('Control+Space');
      await page.getByRole('option', { name: /customDataReadAt/ }).waitFor();
      await page.getByText(/^The snapshot of the user's document in the token/).waitFor();
      await page.keyboard.press('Escape');
    },
    TIMEOUT,
  );

  test(
    'marks what the schema does not have',
    async () => {
      await readSchema();
      await write(page, 'Operation', '{ me { nothing } }');
      await page.locator('.cm-lintRange-error').first().waitFor();
    },
    TIMEOUT,
  );

  test(
    'marks variables that are not of their types',
    async () => {
      await readSchema();
      const query = 'mutation M($c: CredentialsInput!) { logIn(credentials: $c) { accessToken } }';
      await write(page, 'Operation', query);
      await write(page, 'Variables, as JSON', '{"c": {"emailPassword": {"email": 7}}}');
      const marked = page.locator('.cm-lintRange-error');
      await marked.first().waitFor();
      expect(await marked.allInnerTexts()).toContain('7');
    },
    TIMEOUT,
  );

  test(
    'one of several operations is chosen',
    async () => {
      await write(page, 'Operation', 'query A { a: __typename } query B { b: __typename }');
      await page.getByLabel('Operation to run').selectOption('B');
      expect(await run()).toEqual({ data: { b: 'Query' } });
    },
    TIMEOUT,
  );

  test(
    'headers of the editor go along and are gone after a reload; operations stay',
    async () => {
      await write(page, 'Operation', '{ __typename }');
      await page.getByRole('tab', { name: 'Headers' }).click();
      await write(page, 'Headers, as JSON', '{"Authorization": "Bearer mine"}');
      await run();
      expect(explorer.sent.at(-1)).toMatchObject({ authorization: 'Bearer mine' });
      await page.reload();
      await editor(page, 'Operation').waitFor();
      expect(await read(page, 'Operation')).toBe('{ __typename }');
      await page.getByRole('tab', { name: 'Headers' }).click();
      expect(await read(page, 'Headers, as JSON')).not.toContain('mine');
      const kept = await page.evaluate('JSON.stringify([sessionStorage, localStorage])');
      expect(kept).not.toContain('mine');
    },
    TIMEOUT,
  );

  test(
    'what was run is in the history, and opens in a tab of its own',
    async () => {
      await write(page, 'Operation', 'query Early { early: __typename }');
      await run();
      await write(page, 'Operation', 'query Late { late: __typename }');
      await page.getByRole('tab', { name: 'History' }).click();
      await page
        .getByRole('tabpanel', { name: 'History' })
        .getByRole('button', { name: 'Early' })
        .click();
      expect(await read(page, 'Operation')).toBe('query Early { early: __typename }');
      await page.getByRole('button', { name: 'Late', exact: true }).click();
      expect(await read(page, 'Operation')).toBe('query Late { late: __typename }');
      await page.getByRole('button', { name: 'Close Late' }).click();
      expect(await page.getByRole('button', { name: 'Late', exact: true }).count()).toBe(0);
    },
    TIMEOUT,
  );

  test(
    'the documentation is found by name and leads on',
    async () => {
      await readSchema();
      await page.keyboard.press('Control+k');
      await page.keyboard.type('nowhere at all');
      await page.getByText('Nothing has that in its name.').waitFor();
      await page.getByLabel('Search types and fields').fill('writeCustomUserData');
      await page.getByRole('button', { name: 'Mutation.writeCustomUserData' }).click();
      await page
        .getByRole('listitem')
        .filter({ hasText: /^writeCustomUserData/ })
        .getByRole('button', { name: 'WriteMode!' })
        .click();
      await page.getByRole('heading', { name: 'WriteMode' }).waitFor();
      await page.getByRole('button', { name: 'Back to Mutation' }).click();
      await page.getByRole('heading', { name: 'Mutation' }).waitFor();
    },
    TIMEOUT,
  );

  test(
    'Ctrl-Shift-P brings an operation into the usual form',
    async () => {
      await write(page, 'Operation', 'query Q{me{id}}');
      await page.keyboard.press('Control+Shift+P');
      expect(await read(page, 'Operation')).toBe('query Q {\n  me {\n    id\n  }\n}\n');
    },
    TIMEOUT,
  );

  test(
    'Ctrl-Shift-M merges fragments into what spreads them, with the types of the schema',
    async () => {
      await readSchema();
      await write(page, 'Operation', '{ me { id ...F } } fragment F on User { id customData }');
      await page.keyboard.press('Control+Shift+M');
      expect(await read(page, 'Operation')).toBe('{\n  me {\n    id\n    customData\n  }\n}\n');
    },
    TIMEOUT,
  );

  test(
    'Ctrl-Shift-C copies the operation, without a token that is in it',
    async () => {
      await explorer.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await write(page, 'Operation', '{ me { id } } # eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln');
      await page.keyboard.press('Control+Shift+C');
      await page.getByText('Copied, without the token').waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe('{ me { id } } # TOKEN');
    },
    TIMEOUT,
  );

  test(
    'Ctrl and a click on a name show it in the documentation',
    async () => {
      await readSchema();
      await write(page, 'Operation', '{ me { customDataReadAt } }');
      await showPanel(page, 'Session');
      const name = editor(page, 'Operation').getByText('customDataReadAt');
      await name.click({ modifiers: ['Control'] });
      const docs = page.getByRole('tabpanel', { name: 'Docs' });
      await docs.getByRole('heading', { name: 'User' }).waitFor();
      const meant = docs.locator('[aria-current=true]');
      expect(await meant.textContent()).toMatch(/^customDataReadAt: DateTime!/);
    },
    TIMEOUT,
  );

  test(
    'a link to the endpoint opens its operation in a tab of its own, and nothing runs it',
    async () => {
      await write(page, 'Operation', 'query Mine { mine: __typename }');
      const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln';
      const parameters = new URLSearchParams({
        query: 'query Theirs($a: Boolean = true) { theirs: __typename @include(if: $a) }',
        variables: '{"a":true}',
        operationName: 'Theirs',
        access_token: token,
        extensions: `{"t":"${token}"}`,
      });
      explorer.sent.splice(0);
      await page.goto(`${gateway().url}/graphql?${parameters}`);
      await page.getByText('From a link. It was not run.').waitFor();
      expect(page.url()).toBe(`${gateway().url}/`);
      expect(await read(page, 'Operation')).toBe(parameters.get('query'));
      expect(await read(page, 'Variables, as JSON')).toBe('{\n  "a": true\n}');
      await readSchema();
      expect(explorer.sent.filter(({ body }) => body.includes('theirs'))).toEqual([]);
      await page.reload();
      await page.getByRole('button', { name: 'Mine', exact: true }).waitFor();
      expect(await page.getByRole('button', { name: 'Theirs', exact: true }).count()).toBe(1);
      const kept = await page.evaluate('JSON.stringify([sessionStorage, location.href])');
      expect(kept).not.toContain('eyJ');
      expect(await run()).toEqual({ data: { theirs: 'Query' } });
    },
    TIMEOUT,
  );

  test(
    'Tab leads out of an editor',
    async () => {
      await editor(page, 'Operation').click();
      await page.keyboard.press('Tab');
      const name = await page.evaluate('document.activeElement.textContent');
      expect(name).toBe('Variables');
    },
    TIMEOUT,
  );
});
