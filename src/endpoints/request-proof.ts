/** Whether a request shows what its endpoint asks for beside who sends it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import type { RequestProof } from './endpoint.ts';

/** What a request may show. */
export interface ShownProof {
  /** `?secret=`; `null`: it has none. */
  readonly secret: string | null;
  /** The header `Endpoint-Signature`. */
  readonly signature: string | undefined;
  readonly body: Uint8Array;
}

/** The vendor's documentation sends the header with one colon too many, and so do requests made after it. */
const SIGNATURE = /^:?sha256=([0-9a-f]{64})$/i;

/** Fails with `INVALID_CREDENTIALS` unless it does. How long it takes tells nothing of the secret. */
export function assertProof(proof: RequestProof, shown: ShownProof): void {
  if (proof.type !== 'none' && !isProven(proof, shown)) {
    throw new GatewayError('INVALID_CREDENTIALS', {});
  }
}

function isProven(
  proof: Exclude<RequestProof, { type: 'none' }>,
  { body, secret, signature = '' }: ShownProof,
): boolean {
  if (proof.type === 'secret') {
    return timingSafeEqual(digest(secret ?? ''), digest(proof.secret));
  }
  const shown = SIGNATURE.exec(signature.trim())?.[1];
  if (shown === undefined) return false;
  const expected = createHmac('sha256', proof.secret).update(body).digest();
  return timingSafeEqual(Buffer.from(shown, 'hex'), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
