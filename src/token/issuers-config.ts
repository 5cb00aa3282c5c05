/** The file of external issuers: parsed once, every problem reported together. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import { PUBLIC_MEMBERS } from './jwk.ts';
import { findRsaWeakness } from './key-set.ts';

const PUBLIC_KEY_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'] as const;
/** RFC 7518 section 3.2: an HMAC key is at least as long as the hash. */
const MINIMUM_SECRET_BYTES = 32;

const absoluteUrl = z.string().refine(isHttpsOrLoopback, {
  message: 'must be an https URL, or http on a loopback address',
});

const jwk = z
  .looseObject({
    kty: z.enum(['EC', 'OKP', 'RSA', 'oct'], { error: 'must be "EC", "OKP", "RSA" or "oct"' }),
    kid: z.string().optional(),
    k: z.string().optional(),
  })
  .superRefine((key, context) => {
    const problem = findKeyProblem(key);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** Names that become fields of a stored document and of GraphQL or Realm answers. */
const metadataField = z
  .string()
  .regex(/^(?!__)[A-Za-z_][\w-]{0,63}$/, { error: 'must be a plain field name' });

const issuerEntry = z
  .strictObject({
    /** Absent: of tokens without an `iss` claim, which App Services never asked for. */
    issuer: z.string().min(1).max(255).optional(),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    jwksUrl: absoluteUrl.optional(),
    keys: z.array(jwk).min(1).optional(),
    algorithms: z.array(z.enum([...PUBLIC_KEY_ALGORITHMS, 'HS256'])).min(1),
    userIdClaim: z.string().min(1).default('sub'),
    metadata: z.record(metadataField, z.string().min(1)).default({}),
  })
  .superRefine((entry, context) => {
    for (const [path, message] of findConflicts(entry)) {
      context.addIssue({ code: 'custom', path: [path], message });
    }
  })
  .transform(({ audience, keys, ...entry }) => ({
    ...entry,
    audience: typeof audience === 'string' ? [audience] : audience,
    keys: keys ?? [],
  }));

const issuersFile = z.array(issuerEntry).superRefine((entries, context) => {
  for (const [index, entry] of entries.entries()) {
    if (entries.findIndex((other) => other.issuer === entry.issuer) < index) {
      const message =
        entry.issuer === undefined
          ? 'may be absent from one entry only'
          : 'is configured twice; "audience" may be a list';
      context.addIssue({ code: 'custom', path: [index, 'issuer'], message });
    }
  }
});

/** One trusted issuer: exactly one of `jwksUrl` and `keys` is given. */
export type ExternalIssuerConfig = z.output<typeof issuerEntry>;

/** A key given in the file. */
export type InlineJwk = z.output<typeof jwk>;

/**
 * Parses the file's JSON.
 *
 * @throws Error that lists every problem with its place and quotes no value.
 */
export function parseExternalIssuers(input: unknown): readonly ExternalIssuerConfig[] {
  const result = issuersFile.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `"${z.core.toDotPath(issue.path)}" ${describeIssue(issue)}`,
  );
  throw new Error(`The file of external issuers is not usable: ${problems.join('; ')}`);
}

/** Of the name of a member the library says only that it is wrong. */
function describeIssue(issue: z.core.$ZodIssue): string {
  return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
}

function findConflicts(entry: {
  readonly jwksUrl?: string | undefined;
  readonly keys?: readonly InlineJwk[] | undefined;
  readonly algorithms: readonly string[];
}): [path: string, message: string][] {
  const problems: [string, string][] = [];
  const { jwksUrl, keys, algorithms } = entry;
  if ((jwksUrl === undefined) === (keys === undefined)) {
    problems.push(['jwksUrl', 'or "keys" must be given, and not both']);
  }
  const symmetric = algorithms.includes('HS256');
  // Mixed, a public key could be taken for a shared secret (RFC 8725 section 2.1).
  if (symmetric && algorithms.some((alg) => alg !== 'HS256')) {
    problems.push(['algorithms', 'must not mix HS256 with public-key algorithms']);
  }
  if (symmetric && jwksUrl !== undefined) {
    problems.push(['algorithms', 'must not name HS256 with "jwksUrl": a secret is not published']);
  }
  if (keys?.some((key) => (key.kty === 'oct') !== symmetric)) {
    problems.push(['keys', 'must be "oct" keys with HS256 and public keys otherwise']);
  }
  return problems;
}

function findKeyProblem(key: Readonly<Record<string, unknown>>): string | undefined {
  if (PRIVATE_MEMBERS.some((member) => key[member] !== undefined)) {
    return 'must not hold a private key';
  }
  if (key.kty !== 'oct') return findPublicKeyProblem(key);
  const secret = typeof key.k === 'string' ? Buffer.from(key.k, 'base64url') : Buffer.alloc(0);
  return secret.length < MINIMUM_SECRET_BYTES
    ? `must hold a secret of ${MINIMUM_SECRET_BYTES} bytes or more`
    : undefined;
}

function findPublicKeyProblem(key: Readonly<Record<string, unknown>>): string | undefined {
  if (key.k !== undefined) return 'must not hold a secret';
  const required = PUBLIC_MEMBERS[key.kty as keyof typeof PUBLIC_MEMBERS];
  if (required.some((member) => typeof key[member] !== 'string')) {
    return `must have the members ${required.map((member) => `"${member}"`).join(', ')}`;
  }
  if (!canImport(key)) return 'is no key of its type: its point, curve or numbers are not usable';
  return key.kty === 'RSA' ? findRsaWeakness(key) : undefined;
}

/** Such as a point that is not on its curve: it would be found out with the first token only. */
function canImport(key: Readonly<Record<string, unknown>>): boolean {
  try {
    createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}

const LOOPBACK_HOSTS = ['127.0.0.1', '[::1]', 'localhost'];

/** Whether keys may be fetched from there: nobody can put others in their place on the way. */
export function isHttpsOrLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname))
  );
}
