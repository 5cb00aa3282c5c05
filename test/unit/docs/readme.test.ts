import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { renderConfigTable, replaceConfigTable } from '../../../scripts/write-config-table.mjs';
import { CONFIG_VARIABLES } from '../../../src/config.ts';

const README = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

test('the configuration table is the one that npm run docs:config writes', () => {
  expect(README).toBe(replaceConfigTable(README, renderConfigTable(CONFIG_VARIABLES)));
});

test('every variable has a row of its own', () => {
  const rows = renderConfigTable(CONFIG_VARIABLES).split('\n').slice(2);
  expect(rows).toHaveLength(CONFIG_VARIABLES.length);
});

test('a text without markers is refused', () => {
  expect(() => replaceConfigTable('no markers', '')).toThrow('config:start');
});

test('the first screen runs, tries and tests the gateway', () => {
  const firstScreen = README.split('\n').slice(0, 60).join('\n');
  expect(firstScreen).toContain('npm ci && npm start');
  expect(firstScreen).toContain('writeCustomUserData');
  expect(firstScreen).toContain('npm ci && npm test');
});
