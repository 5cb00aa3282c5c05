/** What `docker build` does of the Dockerfile, without Docker: the files it copies are enough to build and to run. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
const TIMEOUT = 180_000;

const read = (name: string) => readFile(join(ROOT, name), 'utf8');

/** A file or folder that a stage of the build takes over. */
interface Copy {
  /** From another stage, and not from the repository. */
  readonly isBuilt: boolean;
  readonly from: string;
  /** Relative to the directory of the stage. */
  readonly to: string;
}

/** What each stage copies, and the last lines of it. */
async function readStages() {
  const stages = (await read('Dockerfile'))
    .replaceAll('\\\n', ' ')
    .split(/^FROM .*$/m)
    .slice(1);
  return stages.map((text) => ({
    text,
    copies: [...text.matchAll(/^COPY (.*)$/gm)].flatMap(readCopy),
  }));
}

function readCopy([, line = '']: readonly string[]): Copy[] {
  const isBuilt = line.startsWith('--from=');
  const words = line.split(/\s+/).slice(isBuilt ? 1 : 0);
  const target = words.pop() ?? '';
  return words.map((word) => ({
    isBuilt,
    from: word.replace(/^\/app\//, ''),
    to: target.endsWith('/') ? join(target, basename(word)) : target,
  }));
}

/** Builds are not let through, nor what is installed. */
const isLetThrough = (path: string) => !['dist', 'node_modules'].includes(basename(path));

describe('the Dockerfile', () => {
  let folder = '';
  const stage = (name: string) => join(folder, name);

  // Below the repository, so that what is installed there is found.
  beforeAll(async () => {
    await mkdir(join(ROOT, '.cache'), { recursive: true });
    folder = await mkdtemp(join(ROOT, '.cache/docker-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Does what the COPY lines of a stage say. */
  async function copyAll(copies: readonly Copy[], to: string): Promise<void> {
    for (const copy of copies) {
      if (copy.from === 'node_modules') continue;
      const source = join(copy.isBuilt ? stage('build') : ROOT, copy.from);
      const filter = (path: string) => copy.isBuilt || isLetThrough(path);
      await cp(source, join(to, copy.to), { recursive: true, filter });
    }
  }

  test('copies what .dockerignore lets through', async () => {
    const kept = (await read('.dockerignore')).split('\n').filter((line) => line.startsWith('!'));
    const copied = (await readStages()).flatMap(({ copies }) => copies);
    for (const { from } of copied.filter(({ isBuilt }) => !isBuilt)) {
      expect(kept).toContain(`!${from.split('/')[0]}`);
    }
  });

  test(
    'copies all that the build takes, and all that the program needs',
    async () => {
      const [building, , running] = await readStages();
      await copyAll(building?.copies ?? [], stage('build'));
      await run('npm', ['run', '--silent', 'build'], { cwd: stage('build') });
      await copyAll(running?.copies ?? [], stage('image'));
      const [, main = ''] = /^CMD \["node", "(.*)"\]$/m.exec(running?.text ?? '') ?? [];
      const { stdout } = await run(process.execPath, [
        join(stage('image'), main),
        'schema',
        'print',
      ]);
      expect(stdout).toContain('type Query');
    },
    TIMEOUT,
  );
});
