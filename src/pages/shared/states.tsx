/** The states that a part of a page can be in, each with one look. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Act } from './act.tsx';
import type { Failure } from './failure.ts';

/** A part that loads is not announced before this many milliseconds: most are there by then. */
const QUIET_MILLISECONDS = 200;

/** Nothing is here: what would be, and the one act that fills it. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children}
    </div>
  );
}

/** Something is on its way. */
export function Loading({ what }: { readonly what: string }) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), QUIET_MILLISECONDS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class="state" aria-busy="true">
      {isShown ? `${what} …` : ''}
    </p>
  );
}

/** Something failed: what, with which code, and how to go on. */
export function Failed({
  what,
  error,
  onRetry,
}: {
  readonly what: string;
  readonly error: Failure;
  readonly onRetry?: () => void;
}) {
  const id = error.extensions?.['errorId'];
  return (
    <div class="state failed" role="alert">
      <p class="state-title">{what}</p>
      <p>{error.message}</p>
      {error.code !== undefined && (
        <p>
          Code <code>{error.code}</code>
        </p>
      )}
      {typeof id === 'string' && (
        <p>
          In the log it is <code>{id}</code>
        </p>
      )}
      {onRetry !== undefined && (
        <Act type="button" onClick={onRetry}>
          Try again
        </Act>
      )}
    </div>
  );
}

/** A line that says what is so for the whole page or part, with what can be done about it. */
export function Bar({
  kind,
  children,
}: {
  readonly kind: 'stale' | 'warning' | 'offline';
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`bar ${kind}`} role="status">
      {children}
    </div>
  );
}
