/**
 * What one check of a signature costs, in CPU time of all threads: by WebCrypto (jose) and by `crypto.verify`.
 * `npm run build && node bench/signature.mjs`
 */
import { createPublicKey, verify } from 'node:crypto';
import { cpuUsage, stdout } from 'node:process';
import { compactVerify, importJWK } from 'jose';
import { createWorld } from './lib/world.mjs';

const CHECKS = 4000;

/** @param {() => Promise<unknown> | boolean} check */
async function costOf(check) {
  const before = cpuUsage();
  for (let n = 0; n < CHECKS; n += 1) await check();
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000 / CHECKS;
}

const world = await createWorld(1);
const token = world.users[0]?.token ?? '';
const response = await fetch(`${world.gateway.url}/.well-known/jwks.json`);
const { keys } = /** @type {{ keys: import('jose').JWK[] }} */ (await response.json());
await world.remove();
const [jwk = {}] = keys;
const webKey = await importJWK(jwk);
const nodeKey = createPublicKey({ key: /** @type {object} */ (jwk), format: 'jwk' });
const dot = token.lastIndexOf('.');
const input = Buffer.from(token.slice(0, dot));
const signature = Buffer.from(token.slice(dot + 1), 'base64url');
const key = { key: nodeKey, dsaEncoding: /** @type {const} */ ('ieee-p1363') };
const byWeb = () => compactVerify(token, webKey);
const byNode = () => verify('sha256', input, key, signature);
// The first round warms up.
await costOf(byWeb);
await costOf(byNode);
stdout.write(`one check of ES256: WebCrypto ${(await costOf(byWeb)).toFixed(3)} ms of CPU, `);
stdout.write(`crypto.verify ${(await costOf(byNode)).toFixed(3)} ms\n`);
