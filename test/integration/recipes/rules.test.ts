/**
 * The recipes of `docs/claims.md` for programs that are not here: their configuration and the claims by the rules that
 * their documentation gives, with another library than the gateway's.
 */

import { execFile } from 'node:child_process';
import { createVerify } from 'node:crypto';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readKeys, verifyToken } from '../../support/other-verifier.ts';
import {
  PAGE_ISSUER,
  type RecipeUser,
  readRecipe,
  useRecipeGateway,
} from '../../support/recipes.ts';

const gateway = useRecipeGateway();
let visitor: RecipeUser;
let editor: RecipeUser;

beforeAll(async () => {
  visitor = await gateway.logIn();
  editor = await gateway.logIn({ role: 'editor', scope: 'articles:read articles:write' });
});

describe('Hasura', () => {
  /** https://hasura.io/docs/2.0/auth/authentication/jwt/ */
  function readSession(claims: Record<string, unknown>) {
    const session = claims['https://hasura.io/jwt/claims'];
    if (typeof session !== 'object' || session === null) throw new Error('No claims of Hasura');
    const { 'x-hasura-allowed-roles': allowed, ...others } = session as Record<string, unknown>;
    if (!Array.isArray(allowed) || allowed.some((role) => typeof role !== 'string')) {
      throw new Error('The allowed roles are to be a list of strings');
    }
    for (const [name, value] of Object.entries(others)) {
      if (!name.startsWith('x-hasura-') || typeof value !== 'string') throw new Error(name);
    }
    const role = others['x-hasura-default-role'];
    if (!allowed.includes(role)) throw new Error('The default role is not an allowed one');
    return { role, allowed, userId: others['x-hasura-user-id'] };
  }

  async function accept(token: string) {
    const text = await readRecipe('Hasura', 'json', { [PAGE_ISSUER]: gateway.url() });
    const { audience, issuer, jwk_url: url } = JSON.parse(text);
    expect(url).toBe(`${gateway.url()}/.well-known/jwks.json`);
    return readSession(verifyToken(token, await readKeys(gateway.url()), { audience, issuer }));
  }

  test('finds the user, a default role and the allowed ones, all of them strings', async () => {
    expect(await accept(visitor.accessToken)).toEqual({
      role: 'visitor',
      allowed: ['visitor'],
      userId: visitor.id,
    });
    expect(await accept(editor.accessToken)).toEqual({
      role: 'editor',
      allowed: ['visitor', 'editor'],
      userId: editor.id,
    });
  });

  test('finds none in a refresh token, and is told for how long keys may be kept', async () => {
    await expect(accept(editor.refreshToken)).rejects.toThrow('No claims of Hasura');
    const { headers } = await fetch(`${gateway.url()}/.well-known/jwks.json`);
    expect(headers.get('cache-control')).toMatch(/max-age=\d+/);
  });
});

describe('Apollo Router', () => {
  test('checks issuer, audience and algorithm, and finds scopes with spaces between them', async () => {
    const text = await readRecipe('Apollo Router', 'yaml', { [PAGE_ISSUER]: gateway.url() });
    const [source, ...others] = parse(text).authentication.router.jwt.jwks;
    expect(others).toEqual([]);
    expect(source.algorithms).toEqual(['ES256']);
    expect(source.url).toBe(`${gateway.url()}/.well-known/jwks.json`);
    const expected = { issuer: source.issuers[0], audience: source.audiences[0] };
    const keys = await readKeys(gateway.url());
    // It looks a key up by "kid", "alg" and "kty".
    for (const { alg, kid, kty } of keys) {
      expect([alg, kty, typeof kid]).toEqual(['ES256', 'EC', 'string']);
    }
    const scopesOf = (token: string) => String(verifyToken(token, keys, expected).scope).split(' ');
    expect(scopesOf(editor.accessToken)).toContain('articles:write');
    expect(scopesOf(visitor.accessToken)).not.toContain('articles:write');
    expect(verifyToken(editor.refreshToken, keys, expected)).not.toHaveProperty('scope');
  });
});

describe('Kong', () => {
  test('has the key of a token among the credentials, by the "kid" in its header', async () => {
    const { consumers, services } = parse(await readRecipe('Kong', 'yaml'));
    const { config, name } = services[0].plugins[0];
    expect([name, config.key_claim_name]).toEqual(['jwt', 'kid']);
    const members = Object.keys(consumers[0].jwt_secrets[0]).sort();
    const code = await readRecipe('Kong', 'js', { [PAGE_ISSUER]: gateway.url() });
    const script = await gateway.write('credentials.mjs', code);
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    const credentials: { key: string; algorithm: string; rsa_public_key: string }[] =
      JSON.parse(stdout);
    for (const credential of credentials) expect(Object.keys(credential).sort()).toEqual(members);
    const [header = '', payload, signature = ''] = editor.accessToken.split('.');
    const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const found = credentials.find(({ key }) => key === kid);
    expect(found?.algorithm).toBe(alg);
    const isGood = createVerify('sha256')
      .update(`${header}.${payload}`)
      .verify(
        { key: found?.rsa_public_key ?? '', dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      );
    expect(isGood).toBe(true);
  });
});

describe('PostgREST', () => {
  test('asks for an audience and has a role in each access token, and in no refresh token', async () => {
    const text = await readRecipe('PostgREST', 'ini');
    const options = Object.fromEntries(
      text.split('\n').flatMap((line) => {
        const [, name, value] = /^([a-z-]+) = "(.*)"$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value]];
      }),
    );
    expect(Object.keys(options)).toEqual(['db-uri', 'db-schemas', 'jwt-secret', 'jwt-aud']);
    const keys = await readKeys(gateway.url());
    const claims = (token: string) => verifyToken(token, keys, { audience: options['jwt-aud'] });
    expect(claims(visitor.accessToken).role).toBe('visitor');
    expect(claims(editor.accessToken).role).toBe('editor');
    expect(claims(editor.refreshToken)).not.toHaveProperty('role');
  });
});
