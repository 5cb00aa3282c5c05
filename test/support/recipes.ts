/** The recipes of `docs/claims.md`: their text, a gateway with their claims, and programs to run them with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll } from '@jest/globals';
import { createTemporaryDirectory, startGateway, type TestGateway } from './gateway.ts';
import {
  createGraphQLClient,
  logInAnonymously,
  OPERATIONS,
  type SendOperation,
} from './graphql-client.ts';
import { type ClaimsFiles, writeClaimsFiles } from './own-claims.ts';

const PAGE = new URL('../../docs/claims.md', import.meta.url);
const MODULES = new URL('../../node_modules', import.meta.url).pathname;

/** The fields that the recipes' claims are made of. */
const SCHEMA = {
  type: 'object',
  properties: {
    role: { type: 'string', readOnly: true },
    scope: { type: 'string', readOnly: true },
  },
};

/** What the page has in a language below a heading, with `replacements` made in it. */
export async function readRecipe(
  heading: string,
  language: string,
  replacements: Readonly<Record<string, string>> = {},
): Promise<string> {
  const text = await readFile(PAGE, 'utf8');
  const [, section = ''] = text.split(new RegExp(`^##+ ${heading}$`, 'm'));
  const [own = ''] = section.split(/^##+ /m);
  const [, code] = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(own) ?? [];
  if (code === undefined) throw new Error(`"${heading}" has no block in ${language}`);
  return Object.entries(replacements).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`"${heading}" does not say ${from}`);
    return changed.replaceAll(from, to);
  }, code);
}

/** Where the page says that the gateway is. */
export const PAGE_ISSUER = 'https://id.example.com';

/** A user of the gateway. */
export interface RecipeUser {
  readonly id: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A gateway with the claims of the recipes; good in hooks and tests only. */
export interface RecipeGateway {
  readonly url: () => string;
  /** Logs a new user in, whose document others give these fields. */
  readonly logIn: (fields?: object) => Promise<RecipeUser>;
  /** A directory for files of a recipe, from which packages can be imported. */
  readonly directory: () => string;
  /** Writes a recipe's block into a file of the directory, for this gateway. */
  readonly write: (file: string, text: string) => Promise<string>;
}

/** Starts the gateway before all tests. */
export function useRecipeGateway(): RecipeGateway {
  let gateway: TestGateway;
  let files: ClaimsFiles;
  let directory: { readonly path: string; readonly remove: () => Promise<void> };
  let send: SendOperation;
  beforeAll(async () => {
    files = await writeClaimsFiles(JSON.parse(await readRecipe('Recipes', 'json')), SCHEMA);
    directory = await createTemporaryDirectory();
    await symlink(MODULES, join(directory.path, 'node_modules'));
    gateway = await startGateway({ DATA_DIR: join(directory.path, 'data'), ...files.env });
    send = createGraphQLClient(gateway.url);
  });
  afterAll(async () => {
    await gateway.stop();
    await directory.remove();
    await files.remove();
  });
  return {
    url: () => gateway.url,
    directory: () => directory.path,
    async write(file, text) {
      const path = join(directory.path, file);
      await writeFile(path, text);
      return path;
    },
    async logIn(fields) {
      const { accessToken, refreshToken, user } = await logInAnonymously(send);
      if (fields === undefined) return { id: user.id, accessToken, refreshToken };
      const { runCommand } = await import('./command.ts');
      const env = { DATA_DIR: join(directory.path, 'data'), ...files.env };
      const written = await runCommand(['data', 'write', user.id, JSON.stringify(fields)], env);
      if (written.exitCode !== 0) throw new Error(written.stderr);
      const { data } = await send(OPERATIONS.refreshCustomData, { token: accessToken });
      return { id: user.id, accessToken: data.refreshCustomData.accessToken, refreshToken };
    },
  };
}

/** A program that runs beside the tests. */
export interface RunningProgram {
  /** What it prints that looks like an address, without the slash at its end. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Runs a program until it prints its address. */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningProgram> {
  const child = spawn(command, [...args], {
    env: { PATH: process.env.PATH, PORT: '0', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    const [, url] = /(http:\/\/\S+)\//.exec(line) ?? [];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, stop: () => endProgram(child) };
  }
  throw new Error(`${command} ended before it was there`);
}

/** Ends a program, and waits for its end. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
