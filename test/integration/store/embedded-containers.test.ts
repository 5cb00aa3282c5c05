/** Two containers on one DATA_DIR, whose processes have the same id. The children run the build in dist/. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTemporaryDirectory } from '../../support/gateway.ts';

const READER = fileURLToPath(new URL('../../support/embedded-reader.mjs', import.meta.url));
/** Runs a program as process 1 of its own process ids, as a container does. */
const CONTAINER = ['--pid', '--fork', '--kill-child', '--mount-proc'] as const;
const STAY = '40000';
const TIMEOUT = 60_000;

const trial = spawnSync('unshare', [...CONTAINER, 'true'], { encoding: 'utf8' });
const problem = trial.error?.message ?? (trial.status === 0 ? undefined : trial.stderr.trim());
const name =
  problem === undefined ? 'containers' : `containers (needs root and unshare: ${problem})`;

(problem === undefined ? describe : describe.skip)(name, () => {
  let dataDir: string;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    ({ path: dataDir, remove } = await createTemporaryDirectory());
  });
  afterEach(() => remove());

  const startContainer = (stay: string) =>
    spawn('unshare', [...CONTAINER, process.execPath, READER, dataDir, stay], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  test(
    'whose processes have the same id are told so, and what to do',
    async () => {
      const first = startContainer(STAY);
      const closed = once(first, 'close');
      let lines = '';
      for await (const chunk of first.stdout) {
        lines += String(chunk);
        if (lines.includes('"write"')) break;
      }
      const second = startContainer('0');
      const [output, [exitCode]] = await Promise.all([text(second.stdout), once(second, 'close')]);
      first.kill('SIGTERM');
      await closed;
      expect(JSON.parse(output)).toEqual({
        name: 'open',
        error: expect.stringMatching(/same process id as this one.*--pid=container.*MONGODB_URI/),
      });
      expect(exitCode).toBe(1);
    },
    TIMEOUT,
  );
});
