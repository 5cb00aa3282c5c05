/** The commands of docs/moving.md, run as they stand there in a folder of their own. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mustLogIn } from '../../support/account-operations.ts';
import { ADA, appServicesUsers, documentsOf } from '../../support/app-services-users.ts';
import { runCommand } from '../../support/command.ts';
import { EXPORTED_APP } from '../../support/exported-app.ts';
import { freePort } from '../../support/free-port.ts';
import { writeApp } from '../../support/functions-app.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { startGatewayProcess } from '../../support/gateway-process.ts';
import { createGraphQLClient } from '../../support/graphql-client.ts';
import { linkIn, type MailServer, startMailServer } from '../../support/mail-server.ts';

const TIMEOUT = 240_000;
const USERS = 5000;
const MAIN = new URL('../../../dist/main.js', import.meta.url).pathname;
const GUIDE = new URL('../../../docs/moving.md', import.meta.url);
const password = 'chosen by ada herself';

/** The blocks for a shell below a heading, as one script. */
async function scriptBelow(heading: string, only = /^/): Promise<string> {
  const text = await readFile(GUIDE, 'utf8');
  const section = text.split(/^#{2,3} /m).find((each) => each.startsWith(`${heading}\n`));
  const blocks = [...(section ?? '').matchAll(/^```sh\n([\s\S]*?)^```$/gm)];
  const script = blocks.map(([, block = '']) => block).filter((block) => only.test(block));
  if (script.length === 0) throw new Error(`There is nothing to run below "${heading}"`);
  return script.join('');
}

let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>;
let mailServer: MailServer;
let port: number;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  directory = await createTemporaryDirectory();
  mailServer = await startMailServer();
  port = await freePort();
  const bin = join(directory.path, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'custom-user-data'), `#!/bin/sh\nexec node ${MAIN} "$@"\n`);
  // What is not here: the databases of others.
  await writeFile(join(bin, 'mongoexport'), '#!/bin/sh\nexec mv ../documents.ndjson .\n');
  await writeFile(join(bin, 'mongoimport'), '#!/bin/sh\nexec echo "$@"\n');
  for (const name of ['custom-user-data', 'mongoexport', 'mongoimport']) {
    await chmod(join(bin, name), 0o755);
  }
  await symlink(process.execPath, join(bin, 'node'));
  env = {
    PATH: `${bin}:${process.env.PATH}`,
    PORT: String(port),
    ATLAS_URI: 'mongodb://127.0.0.1:1',
    SMTP_URL: mailServer.url,
    EMAIL_FROM: 'gateway@example.com',
  };
});
afterAll(async () => {
  await mailServer.stop();
  await directory.remove();
});

/** The guide asks for it, and not every machine that runs the tests has it. */
const hasJq = spawnSync('jq', ['--version']).status === 0;

(hasJq ? describe : describe.skip)('docs/moving.md', () => {
  test(
    'brings an app of 5,000 users from its export to a gateway, and out again',
    async () => {
      const folder = join(directory.path, 'folder');
      await mkdir(folder);
      const app = await writeApp(EXPORTED_APP);
      await rename(app.path, join(folder, 'my-app'));
      const users = appServicesUsers(USERS);
      const pages = [users.slice(0, USERS / 2), users.slice(USERS / 2)];
      await writeFile(
        join(folder, 'users.json'),
        pages.map((page) => JSON.stringify(page, undefined, 2)).join('\n'),
      );
      await writeFile(join(directory.path, 'documents.ndjson'), documentsOf(users, 'owner'));
      const url = `http://127.0.0.1:${port}`;
      const script = (await scriptBelow('App Services, step by step')).replaceAll(
        'http://127.0.0.1:4000',
        url,
      );
      // A group of its own, with the gateway that the script leaves running.
      const shell = spawn('bash', ['-euc', `${script}\necho done`], {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      try {
        const { exitCode, stderr, stdout } = await outputOf(shell);
        expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
        expect(stdout).toContain(`${USERS} documents would be imported`);
        expect(stdout).toContain('1 documents imported, 0 were there already, 0 refused\n');
        expect(stdout).toContain('1 users imported, 0 were there already, 0 refused\n');
        expect(stdout).toContain(`${USERS - 1} users imported, 1 were there already, 0 refused\n`);
        expect(stdout).toContain('{"data":{"sendResetPasswordEmail":');

        const send = createGraphQLClient(url);
        const { token, tokenId } = linkIn(mailServer.latestTo(ADA.email));
        await send(
          `mutation { resetPassword(token: "${token}", tokenId: "${tokenId}", password: "${password}") }`,
        );
        const { accessToken, user } = await mustLogIn(send, {
          emailPassword: { email: ADA.email, password },
        });
        expect(user.id).toBe(ADA.id);
        const { data } = await send('{ me { customData } }', { token: accessToken });
        expect(data.me.customData).toMatchObject({ owner: ADA.id, tasks: 0 });

        const back = await scriptBelow('Going back');
        const { stdout: out } = await promisify(execFile)(
          'bash',
          ['-euc', `set -a && . ./.env && set +a\n${back}`],
          { cwd: folder, env },
        );
        expect(out).toContain(`./out: ${USERS} users, ${USERS} documents, 0 revisions\n`);
        expect(out).toContain('--mode upsert --file out/documents.ndjson\n');
      } finally {
        if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGTERM');
      }
    },
    TIMEOUT,
  );

  test(
    'has lines for Firebase and Auth0 whose users log in with the passwords that they had',
    async () => {
      const folder = join(directory.path, 'elsewhere');
      await mkdir(folder);
      // The example of github.com/firebase/scrypt, its text in base64url as exports have it.
      const firebase = {
        users: [
          {
            localId: 'aFirebaseIdOf28CharactersXYZ',
            email: 'fire@example.com',
            passwordHash:
              'lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo78198JAdRuid5lQ==',
            salt: '42xEC-ixf3L2lw==',
            createdAt: '1595875694000',
            providerUserInfo: [{ providerId: 'google.com', rawId: '1234567890' }],
          },
          { localId: 'withoutAnAddress', createdAt: '1595875694000' },
        ],
      };
      // jBCrypt's vector for the password "abc".
      const passwordHash = '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i';
      const auth0 = [
        { _id: { $oid: ADA.id }, email: 'auth0@example.com', email_verified: true, passwordHash },
        { user_id: 'auth0|2', email: 'social@example.com', email_verified: true },
      ];
      await writeFile(join(folder, 'firebase.json'), JSON.stringify(firebase));
      await writeFile(
        join(folder, 'auth0.ndjson'),
        auth0.map((row) => JSON.stringify(row)).join('\n'),
      );
      const DATA_DIR = join(folder, 'data');
      const gateway = await startGatewayProcess({ DATA_DIR });
      try {
        for (const [file, imported] of [
          ['firebase.json', 1],
          ['auth0.ndjson', 2],
        ] as const) {
          const make = await scriptBelow(
            'From elsewhere',
            new RegExp(`${file.replace('.', '\\.')} >`),
          );
          const { stdout } = await promisify(execFile)(
            'bash',
            ['-euc', `${make}\ncustom-user-data import users users.ndjson`],
            {
              cwd: folder,
              env: {
                ...env,
                DATA_DIR,
                KEY: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
              },
            },
          );
          expect(stdout).toContain(`${imported} users imported, 0 were there already, 0 refused\n`);
        }
        const send = createGraphQLClient(gateway.url);
        const fire = { email: 'fire@example.com', password: 'user1password' };
        const { user } = await mustLogIn(send, { emailPassword: fire });
        const { stdout } = await runCommand(['users', 'list', '--json'], { DATA_DIR });
        const found = JSON.parse(stdout).users.find(({ id }: { id: string }) => id === user.id);
        expect(found.identities).toMatchObject([
          { provider: 'local-userpass' },
          { provider: 'oauth2-google' },
        ]);
        const zero = { email: 'auth0@example.com', password: 'abc' };
        expect((await mustLogIn(send, { emailPassword: zero })).user.id).toBe(ADA.id);
      } finally {
        await gateway.end('SIGTERM');
      }
    },
    TIMEOUT,
  );
});

/** What a shell says until it is done; what it leaves running goes on. */
async function outputOf(shell: ReturnType<typeof spawn>) {
  let [stdout, stderr] = ['', ''];
  shell.stdout?.on('data', (data) => {
    stdout += data;
  });
  shell.stderr?.on('data', (data) => {
    stderr += data;
  });
  const [exitCode] = await once(shell, 'exit');
  return { exitCode, stdout, stderr };
}
