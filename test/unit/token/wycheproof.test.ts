/** Project Wycheproof's vectors of JSON Web Signatures, verified as tokens of other issuers are, and as our own. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { SIGNING_ALGS, type SigningAlg } from '../../../src/config.ts';
import { isGatewayError } from '../../../src/errors.ts';
import { createKeySource } from '../../../src/token/external-keys.ts';
import { createExternalTokens } from '../../../src/token/external-token.ts';
import { parseExternalIssuers } from '../../../src/token/issuers-config.ts';
import { publicMembersOf } from '../../../src/token/jwk.ts';
import { isSignatureOf, signingInputOf } from '../../../src/token/signature.ts';
import { START } from '../../support/test-tokens.ts';
import {
  describeWithWycheproof,
  readWycheproof,
  type WycheproofCase,
} from '../../support/wycheproof.ts';

const now = () => START;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];

const NO_CLAIMS = 'an empty payload, which no claims can be in';

/** Cases whose outcome is another, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'json_web_signature 259': NO_CLAIMS,
  'json_web_signature 264': NO_CLAIMS,
  'json_web_signature 268': NO_CLAIMS,
  'json_web_signature 272': NO_CLAIMS,
  'json_web_signature 320': NO_CLAIMS,
  'json_web_signature 325': NO_CLAIMS,
  'json_web_signature 346': 'the key is for PS256 and the token for PS384: RFC 8725 section 3.1',
  'json_web_signature 347': 'the key names "ES521", which is no algorithm',
  'json_web_signature 350': 'the key is for PS256 and the token for PS384: RFC 8725 section 3.1',
  'json_web_signature 351': 'the key names "ES521", which is no algorithm',
  'json_web_signature 367': 'the same text as 357, which is valid',
  'json_web_signature 370': 'the same text as 357, which is valid',
  'json_web_signature 372': 'a character that is not of base64url: RFC 7515 section 2',
  'json_web_signature 373': 'a character that is not of base64url: RFC 7515 section 2',
  'json_web_key 7': 'how the key was made (ROCA) is for the issuer to know',
  'json_web_key 14': 'HS384 is not offered',
  'json_web_key 15': 'HS512 is not offered',
};

/** What a payload that is no claims is refused for, once the signature was accepted. */
const ACCEPTED = 'ERR_JWT_INVALID: JWT Claims Set must be a top-level JSON object';

/** Whether the signature is accepted: nothing after it can be, since no payload holds claims. */
async function isAccepted({ keys, jws }: WycheproofCase): Promise<boolean> {
  const published = keys.map((key) =>
    Object.fromEntries(Object.entries(key).filter(([name]) => !PRIVATE_MEMBERS.includes(name))),
  );
  const algorithms = [...new Set(keys.map(({ alg }) => alg))];
  const tokens = (() => {
    try {
      const [issuer] = parseExternalIssuers([{ audience: 'app', keys: published, algorithms }]);
      if (issuer === undefined) throw new Error('There is no issuer');
      return createExternalTokens(
        () => ({ ...issuer, keys: createKeySource(issuer, { now }) }),
        now,
      );
    } catch {
      // A key that the configuration refuses verifies nothing.
      return null;
    }
  })();
  const failure: unknown = await tokens?.verify(jws).then(
    () => new Error('A payload without claims was accepted'),
    (error: unknown) => error,
  );
  if (failure === undefined) return false;
  if (!isGatewayError(failure, 'INVALID_CREDENTIALS')) throw failure;
  return (failure.cause as Error).message === ACCEPTED;
}

describeWithWycheproof('Wycheproof', () => {
  test.each(['json_web_signature', 'json_web_key'] as const)('%s', async (file) => {
    const cases = readWycheproof(file);
    const wrong: string[] = [];
    for (const one of cases) {
      const name = `${file} ${one.tcId}`;
      const isAsWanted = (await isAccepted(one)) === (one.result === 'valid');
      if (isAsWanted === name in DIFFERENT) wrong.push(`${name}: ${one.comment}`);
    }
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(file === 'json_web_key' ? 20 : 350);
  });

  test('json_web_signature, by the check of our own tokens', async () => {
    let count = 0;
    const wrong: string[] = [];
    for (const { comment, jws, keys, result, tcId } of readWycheproof('json_web_signature')) {
      const [key] = keys as [Parameters<typeof publicMembersOf>[0]];
      const alg = SIGNING_ALGS.find((name) => name === key.alg) as SigningAlg | undefined;
      const [header = '', payload, signature = '', ...more] = jws.split('.');
      const { alg: named } = readHeader(header);
      // Ours has to see to the form of a token and to its header before it looks at the signature.
      const isForIt =
        alg !== undefined && alg === named && payload !== undefined && more.length === 0;
      if (!isForIt || !isCanonical(signature)) continue;
      count += 1;
      const members = publicMembersOf(key) as JsonWebKey;
      const publicKey = createPublicKey({ key: members, format: 'jwk' });
      const bytes = Buffer.from(signature, 'base64url');
      if (isSignatureOf(alg, publicKey, signingInputOf(jws), bytes) !== (result === 'valid')) {
        wrong.push(`${tcId}: ${comment}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(250);
  });
});

function readHeader(part: string): { readonly alg?: unknown } {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return {};
  }
}

function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}
