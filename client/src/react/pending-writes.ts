/** What has been written and not answered: shown as if it were there, and gone when it turns out not to be. */
import { createUnauthenticated } from '../errors.ts';
import type { AnyDocument, NewCustomUserData, Session, WriteMode, Written } from '../types.ts';

/** The document with what is being written. */
export interface PendingWrites<Data> {
  /** `session.user.customData` with the writes under way; the same object until one of these changes. */
  readonly shown: () => Data | null;
  readonly subscribe: (listener: () => void) => () => void;
  /** Shows the write at once, and sends it when those before it are answered. */
  readonly write: Session<Data>['writeCustomUserData'];
}

interface PendingWrite {
  readonly userId: string | undefined;
  readonly data: AnyDocument;
  readonly mode: WriteMode | undefined;
}

/** Creates the list of a session. */
export function createPendingWrites<Data>(session: Session<Data>): PendingWrites<Data> {
  const listeners = new Set<() => void>();
  let writes: readonly PendingWrite[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  let last:
    | { readonly user: unknown; readonly of: unknown; readonly shown: Data | null }
    | undefined;

  function setWrites(next: readonly PendingWrite[]): void {
    writes = next;
    for (const listener of listeners) listener();
  }

  async function send(
    write: PendingWrite,
    options: Parameters<Session<Data>['writeCustomUserData']>[1],
  ): Promise<Written<Data>> {
    try {
      // Who has logged in while it waited is somebody else.
      if (session.user?.id !== write.userId) throw createUnauthenticated('SESSION_ENDED');
      return await session.writeCustomUserData(write.data as NewCustomUserData<Data>, options);
    } catch (error) {
      // What is shown then is what the other one has written.
      if ((error as { readonly code?: unknown }).code === 'REVISION_CONFLICT') {
        await session.refreshCustomData().catch(() => undefined);
      }
      throw error;
    } finally {
      setWrites(writes.filter((other) => other !== write));
    }
  }
  return {
    shown() {
      const { user } = session;
      if (last?.user !== user || last.of !== writes) {
        const ofUser = writes.filter(({ userId }) => userId === user?.id);
        const shown = ofUser.reduce<AnyDocument | null>(
          (data, write) => apply(data ?? {}, write),
          (user?.customData ?? null) as AnyDocument | null,
        );
        last = { user, of: writes, shown: shown as Data | null };
      }
      return last.shown;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    write(data, options) {
      const userId = session.user?.id;
      const write = { userId, data: data as AnyDocument, mode: options?.mode };
      setWrites([...writes, write]);
      const written = tail.then(() => send(write, options));
      tail = written.catch(() => undefined);
      return written;
    },
  };
}

/** What the gateway will make of it, as far as can be known here. */
function apply(document: AnyDocument, { data, mode, userId }: PendingWrite): AnyDocument {
  if (mode === 'DEEP_MERGE') return merge(document, data) as AnyDocument;
  if (mode !== 'REPLACE') return { ...document, ...data };
  const kept = Object.entries(document).filter(
    ([name, value]) => name === '_id' || value === userId,
  );
  return { ...Object.fromEntries(kept), ...data };
}

/** JSON Merge Patch (RFC 7396). */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
