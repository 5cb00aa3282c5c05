import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import type { CommandLine } from '../../../src/commands/command-line.ts';
import { createProgram } from '../../../src/commands/program.ts';

const COMMANDS = readFileSync(join(import.meta.dirname, '../../../docs/commands.md'), 'utf8');

/** Heading and text of every documented command. */
const DOCUMENTED = new Map(
  COMMANDS.split(/^#{2,3} /m)
    .slice(1)
    .flatMap((section): [string, string][] => {
      const name = /^`([a-z -]+)`\n/.exec(section)?.[1];
      return name === undefined ? [] : [[name, section]];
    }),
);

/** What can be run, by its whole name. */
function runnable(command: Command, parents: readonly string[] = []): [string, Command][] {
  return command.commands.flatMap((child): [string, Command][] => {
    const path = [...parents, child.name()];
    return child.commands.length === 0 ? [[path.join(' '), child]] : runnable(child, path);
  });
}

const program = createProgram({ version: '0.0.0' } as CommandLine);
const commands = runnable(program);

test('docs/commands.md has a section for every command, and only for those', () => {
  expect([...DOCUMENTED.keys()]).toEqual(commands.map(([name]) => name));
});

test.each(commands)('%s is named in the help of what it is part of', (_name, command) => {
  for (let child = command; child.parent !== null; child = child.parent) {
    expect(child.parent.helpInformation()).toMatch(new RegExp(`^  ${child.name()}\\b`, 'm'));
    expect(child.description()).not.toBe('');
  }
});

describe.each(commands)('the section of %s', (name, command) => {
  const section = DOCUMENTED.get(name) ?? '';

  test('names its options and arguments, and no others', () => {
    const options = command.options.map(({ long }) => long ?? '');
    const [documented] = section.split('\n```', 1);
    const table = (documented ?? '').split('\n').filter((line) => line.startsWith('| `'));
    const inTable = table.flatMap((line) => /^\| `(--[a-z-]+)/.exec(line)?.[1] ?? []);
    expect(inTable.sort()).toEqual(options.sort());
    const synopsis = /^`custom-user-data (.*)`$/m.exec(section)?.[1] ?? '';
    const wanted = command.registeredArguments.map((argument) =>
      argument.required ? ` <${argument.name()}>` : ` [${argument.name()}]`,
    );
    expect(synopsis).toBe(`${name}${options.length > 0 ? ' [options]' : ''}${wanted.join('')}`);
  });

  test('has an example, and the codes that the process ends with', () => {
    expect(section).toContain(`custom-user-data ${name}`);
    expect(section).toMatch(/^Exit codes?: .*\b0\b/m);
  });
});
