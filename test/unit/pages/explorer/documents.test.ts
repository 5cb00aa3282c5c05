import { describe, expect, test } from '@jest/globals';
import {
  activeTab,
  areTabs,
  changeActive,
  closeTab,
  createTab,
  FIRST_QUERY,
  MAX_TABS,
  openTab,
  type Tabs,
  titleOf,
  withoutHeaders,
} from '../../../../src/pages/explorer/documents.ts';

const tabsOf = (...ids: string[]): Tabs => ({
  tabs: ids.map((id) => createTab(id)),
  activeId: ids[0] as string,
});
const idsOf = ({ tabs, activeId }: Tabs) => [tabs.map(({ id }) => id).join(''), activeId];

describe('tabs', () => {
  test('a new one is shown, up to a number of them', () => {
    expect(idsOf(openTab(tabsOf('a'), createTab('b')))).toEqual(['ab', 'b']);
    const many = tabsOf(...Array.from({ length: MAX_TABS }, (_, index) => `t${index}`));
    expect(openTab(many, createTab('b'))).toBe(many);
  });

  test('closing the one that is shown shows the one before it', () => {
    expect(idsOf(closeTab({ ...tabsOf('a', 'b', 'c'), activeId: 'c' }, 'c'))).toEqual(['ab', 'b']);
    expect(idsOf(closeTab(tabsOf('a', 'b', 'c'), 'a'))).toEqual(['bc', 'b']);
  });

  test('closing another one leaves the one that is shown', () => {
    expect(idsOf(closeTab(tabsOf('a', 'b', 'c'), 'b'))).toEqual(['ac', 'a']);
  });

  test('the last one stays', () => {
    expect(idsOf(closeTab(tabsOf('a'), 'a'))).toEqual(['a', 'a']);
  });

  test('changes go to the one that is shown', () => {
    const changed = changeActive({ ...tabsOf('a', 'b'), activeId: 'b' }, { query: '{ me }' });
    expect(changed.tabs.map(({ query }) => query)).toEqual(['', '{ me }']);
    expect(activeTab(changed).id).toBe('b');
  });

  test('headers are not kept', () => {
    const state = changeActive(tabsOf('a'), { headers: '{"authorization":"Bearer x"}' });
    expect(JSON.stringify(withoutHeaders(state))).not.toContain('Bearer');
  });

  test.each([
    [null],
    [7],
    [{ tabs: [], activeId: 'a' }],
    [{ tabs: [{ id: 'a' }], activeId: 'a' }],
    [{ ...tabsOf('a'), activeId: 'b' }],
    [{ tabs: [{ ...createTab('a'), operationName: 7 }], activeId: 'a' }],
  ])('what is no tabs is not taken for them: %j', (value) => {
    expect(areTabs(value)).toBe(false);
  });

  test('what was kept is', () => {
    expect(areTabs(JSON.parse(JSON.stringify(withoutHeaders(tabsOf('a', 'b')))))).toBe(true);
  });
});

test.each([
  ['', null, 'New'],
  ['{ me { id } }', null, 'Unnamed'],
  ['query One { a } mutation Two { b }', null, 'One'],
  ['query One { a } mutation Two { b }', 'Two', 'Two'],
  ['query One { a }', 'Gone', 'One'],
  [FIRST_QUERY, 'WhoAmI', 'WhoAmI'],
])('the title of %j with the choice %j is %j', (query, operationName, title) => {
  expect(titleOf({ query, operationName })).toBe(title);
});
