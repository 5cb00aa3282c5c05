import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectId } from '../../../src/bson.ts';
import { createTemporaryDirectory } from '../../support/gateway.ts';
import { startGatewayPair } from '../../support/gateway-pair.ts';
import { describeOnEveryStore } from '../../support/gateway-stores.ts';
import { type LocalIssuer, startLocalIssuer } from '../../support/local-issuer.ts';
import { MODEL_COMMANDS } from '../../support/model/commands.ts';
import { BUDGET_BYTES, type Model, type ModelUser, type World } from '../../support/model/world.ts';

const USERS = 3;
const MAX_COMMANDS = 30;
/** A failure found is reported with its seed when this is over, however far it was shrunk. */
const TIME_LIMIT_MILLISECONDS = 100_000;
const AUDIENCE = 'model';

function createUser(): ModelUser {
  const subject = new ObjectId().toHexString();
  return { subject, id: undefined, document: null, identity: {}, sessions: [], tokens: [] };
}

function createModel(): Model {
  return { users: Array.from({ length: USERS }, createUser) };
}

describeOnEveryStore('any interleaving of gateways, users and outside writers', (provideStore) => {
  let issuer: LocalIssuer;
  let world: World;
  let removeDirectory: () => Promise<void>;

  beforeAll(async () => {
    issuer = await startLocalIssuer();
    const directory = await createTemporaryDirectory();
    removeDirectory = directory.remove;
    const issuersFile = join(directory.path, 'issuers.json');
    const { issuer: name, jwksUrl } = issuer;
    const trusted = { issuer: name, audience: AUDIENCE, jwksUrl, algorithms: ['ES256'] };
    await writeFile(issuersFile, JSON.stringify([trusted]));
    const { canHold, env, openDocuments } = provideStore();
    const pair = await startGatewayPair({
      ...env,
      CUSTOM_JWT_ISSUERS_FILE: issuersFile,
      TOKEN_BUDGET_BYTES: String(BUDGET_BYTES),
    });
    world = {
      pair,
      documents: await openDocuments(),
      canHold,
      issueExternal: (sub) =>
        issuer.issue({ sub, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 60 }),
      revisions: new Map(),
    };
  });
  afterAll(async () => {
    await world.pair.stop();
    await issuer.stop();
    await removeDirectory();
  });

  test(
    'does what the plain model does',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          // Biased, most runs would be of a few commands.
          fc.noBias(fc.commands(MODEL_COMMANDS, { maxCommands: MAX_COMMANDS, size: 'max' })),
          (commands) => fc.asyncModelRun(() => ({ model: createModel(), real: world }), commands),
        ),
        {
          numRuns: provideStore().env.MONGODB_URI === undefined ? 40 : 15,
          interruptAfterTimeLimit: TIME_LIMIT_MILLISECONDS,
          markInterruptAsFailure: true,
        },
      );
      expect(world.revisions.size).toBeGreaterThan(0);
    },
    TIME_LIMIT_MILLISECONDS + 20_000,
  );
});
