/** The user's document for a component that shows and changes it. */
import { useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { GatewayError, OfflineError } from '../errors.ts';
import type { CustomData, Session } from '../types.ts';
import { getNobody, useProvided } from './session-provider.ts';

/** The document, and what became of the last write of this component. */
export interface UsedCustomData<Data = CustomData>
  extends Pick<
    Session<Data>,
    'writeCustomUserData' | 'updateCustomUserData' | 'refreshCustomData'
  > {
  /**
   * The document with the writes of all components that are under way; `null` if there is none, or nobody. A write that
   * is refused is taken back, to what is known by then.
   */
  readonly customData: Data | null;
  /** Whether a write of this component is not answered yet. */
  readonly isWriting: boolean;
  /** Why the last write of this component was refused; `null` from the next one on. */
  readonly error: GatewayError | OfflineError | null;
  /** Of `CUSTOM_DATA_INVALID`: field, such as `address.city`, → what is wrong with it. Else empty. */
  readonly violations: Readonly<Record<string, string>>;
}

/**
 * The document and its writes. Their promises reject as those of the session do, but need not be looked at: `error`
 * says the same. Writes are sent one after the other, in the order of their calls.
 */
export function useCustomData<Data = CustomData>(): UsedCustomData<Data> {
  const { session, pending } = useProvided<Data>();
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = [session.subscribe(listener), pending.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    [session, pending],
  );
  const customData = useSyncExternalStore(subscribe, pending.shown, getNobody);
  const { isWriting, error, follow } = useOutcome();
  return useMemo(
    () => ({
      customData,
      isWriting,
      error,
      violations: toViolations(error),
      writeCustomUserData: (...asked) => follow(pending.write(...asked)),
      updateCustomUserData: (...asked) => follow(session.updateCustomUserData(...asked)),
      refreshCustomData: () => follow(session.refreshCustomData()),
    }),
    [customData, isWriting, error, session, pending, follow],
  );
}

/** What became of the last of several promises. */
function useOutcome() {
  const [underWay, setUnderWay] = useState(0);
  const [error, setError] = useState<GatewayError | OfflineError | null>(null);
  const count = useRef(0);
  const follow = useCallback(<T>(promise: Promise<T>): Promise<T> => {
    count.current += 1;
    const mine = count.current;
    setUnderWay((before) => before + 1);
    setError(null);
    promise
      .catch((thrown) => {
        if (mine === count.current) setError(thrown);
      })
      .finally(() => setUnderWay((before) => before - 1));
    return promise;
  }, []);
  return { isWriting: underWay > 0, error, follow };
}

function toViolations(error: GatewayError | OfflineError | null): Readonly<Record<string, string>> {
  const { violations } = (error?.extensions ?? {}) as {
    readonly violations?: readonly { readonly path: string; readonly message: string }[];
  };
  const byField: Record<string, string> = {};
  for (const { path, message } of violations ?? []) {
    // JSON Pointer (RFC 6901); names with dots cannot be written.
    const field = path.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
    byField[field] = field in byField ? `${byField[field]}, ${message}` : message;
  }
  return byField;
}
