/** Where in a document an error of the gateway is. */
import type { Failure } from './failure.ts';

/** A place, and what is wrong with it. */
export interface Problem {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  readonly message: string;
}

/** The places that an error names; none if it names none. */
export function problemsOf({ code, extensions = {} }: Failure): readonly Problem[] {
  if (code === 'CUSTOM_DATA_INVALID') return listOf(extensions['violations']).filter(isProblem);
  if (code === 'FIELD_NOT_WRITABLE') {
    const paths = listOf(extensions['paths']).filter((path) => typeof path === 'string');
    return paths.map((path) => ({ path, message: 'Users may not write this' }));
  }
  if (code === 'CUSTOM_DATA_TOO_LARGE') {
    return listOf(extensions['largestFields'])
      .filter(isSized)
      .map(({ path, bytes }) => ({ path, message: `Takes ${bytes} bytes` }));
  }
  return [];
}

/** The names and indices of a JSON Pointer. */
export function parsePointer(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      return /^(?:0|[1-9]\d{0,8})$/.test(name) ? Number(name) : name;
    });
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function isProblem(value: unknown): value is Problem {
  const { path, message } = (value ?? {}) as Partial<Problem>;
  return typeof path === 'string' && typeof message === 'string';
}

function isSized(value: unknown): value is { readonly path: string; readonly bytes: number } {
  const { path, bytes } = (value ?? {}) as { readonly path?: unknown; readonly bytes?: unknown };
  return typeof path === 'string' && typeof bytes === 'number';
}
