/** How long the `Authorization` header value of a token will be, known without signing it. */
import { createAccessPayload } from './claims.ts';
import {
  type AccessInput,
  createAccessClaims,
  createHeader,
  createTokenId,
  type IssueParts,
} from './issue.ts';

const SCHEME = 'Bearer ';
const DOTS = 2;

/**
 * Bytes of `Bearer <token>`, exactly as `issueAccess` would make it now. A signature is as long as
 * every other of the same key, and a token id as long as every other.
 */
export function measureAccessHeader(parts: IssueParts, input: AccessInput): number {
  const claims = createAccessClaims(parts, input, createTokenId());
  const payload = createAccessPayload(claims, parts.parties());
  return (
    SCHEME.length +
    encodedLength(jsonBytes(createHeader(parts.key, 'access'))) +
    encodedLength(jsonBytes(payload)) +
    encodedLength(parts.key.signatureBytes) +
    DOTS
  );
}

function jsonBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}

/** Length of `bytes` in base64url without padding (RFC 4648 section 5). */
function encodedLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}
