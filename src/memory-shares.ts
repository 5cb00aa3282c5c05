/** What the bytes of `RESPONSE_CACHE_BYTES` are for. */

/** Most bytes of each memory; 0: it is not kept. */
export interface MemoryShares {
  /** Answers made of claims alone. */
  readonly answers: number;
  /** Operations that read claims only. */
  readonly operations: number;
  /** What requests have in common that ask for such answers. */
  readonly shapes: number;
  /** Access tokens that were verified before. */
  readonly tokens: number;
}

const OPERATIONS_PART = 1 / 8;
const SHAPES_PART = 1 / 64;
const TOKENS_PART = 1 / 4;

/** Shares the bytes out. */
export function shareOut(bytes: number): MemoryShares {
  const operations = Math.floor(bytes * OPERATIONS_PART);
  const tokens = Math.floor(bytes * TOKENS_PART);
  const shapes = Math.ceil(bytes * SHAPES_PART);
  return { answers: bytes - operations - shapes - tokens, operations, shapes, tokens };
}
