/** What failed, as pages show it. */

/** What a call rejected with, as far as a page shows it. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The failure that something thrown is. */
export function toFailure(error: unknown): Failure {
  const { message, code, extensions } = error as Partial<Failure>;
  return {
    message: typeof message === 'string' ? message : 'Something failed',
    ...(typeof code === 'string' ? { code } : {}),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
