/** Apollo Client's way to the gateway in the name of a session. */
import { ApolloLink, Observable } from '@apollo/client';
import { createUnauthenticated, isUnauthenticated } from '../errors.ts';
import type { Session } from '../types.ts';
import { followOwner, type Owner } from './owner.ts';
import { rewrite, strip } from './rewrite.ts';

type Operation = ApolloLink.Operation;
type Result = ApolloLink.Result;

/** How the link behaves. */
export interface SessionLinkOptions {
  /**
   * Whether operations are rewritten to ask for the reissued token. By default they are; without it, for servers that
   * take operations of a list only, the document is read again after a write.
   */
  readonly rewrite?: boolean | undefined;
}

/**
 * Creates the link, to stand before the one that sends: bearer token, refresh, one repeat of what was refused, tokens
 * that writes reissue. Answers of a former user are errors (`UNAUTHENTICATED`), the cache is emptied when the user changes.
 */
export function createSessionLink<Data>(
  session: Session<Data>,
  options: SessionLinkOptions = {},
): ApolloLink {
  const isRewriting = options.rewrite ?? true;
  const owner = followOwner(session);
  const rewritten = new WeakMap<Operation['query'], Operation['query']>();

  function prepare(operation: Operation): Operation {
    const { query } = operation;
    const asking = rewritten.get(query) ?? rewrite(query);
    rewritten.set(query, asking);
    if (asking === query || !isRewriting) return operation;
    // A copy: links before this one, and DevTools, go on to see what the app wrote.
    const descriptors = Object.getOwnPropertyDescriptors(operation);
    return Object.defineProperties({} as Operation, {
      ...descriptors,
      query: { ...descriptors.query, value: asking },
    });
  }

  return new ApolloLink((operation, forward) => {
    const prepared = prepare(operation);
    const isReissuing = rewritten.get(operation.query) !== operation.query;

    function receive(result: Result): Result {
      if (!isReissuing || !('data' in result)) return result;
      if (isRewriting) return { ...result, data: strip(result.data, session.keepReissued) };
      // What could not be asked for is fetched; the answer of the write itself is there already.
      if (result.data) session.refreshCustomData().catch(() => undefined);
      return result;
    }

    return new Observable((observer) =>
      converse({ session, owner, operation: prepared, forward }, receive, observer),
    );
  });
}

interface Conversation<Data> {
  readonly session: Session<Data>;
  readonly owner: Owner;
  readonly operation: Operation;
  readonly forward: ApolloLink.ForwardFunction;
}

interface Observer {
  next(result: Result): void;
  error(error: unknown): void;
  complete(): void;
}

/** Sends, and once more with another token if the first is refused; the result ends it. */
function converse<Data>(
  { session, owner, operation, forward }: Conversation<Data>,
  receive: (result: Result) => Result,
  observer: Observer,
): () => void {
  let asker: string | null | undefined = session.user?.id;
  let isOver = false;
  let current: { unsubscribe(): void } | undefined;

  function assertSameUser(): void {
    const user = owner.claim(operation.client);
    if (asker !== undefined && asker !== user) throw createUnauthenticated('SESSION_ENDED');
    asker = user;
  }

  function deliver(result: Result): void {
    try {
      assertSameUser();
      observer.next(receive(result));
    } catch (error) {
      observer.error(error);
    }
  }

  /** `settle`: what becomes of the first answer, if there is no other token. */
  async function send(refused?: { readonly token: string; readonly settle: () => void }) {
    const token = await session.getAccessToken({ notThis: refused?.token });
    if (isOver) return;
    if (refused && (token === null || token === refused.token)) return refused.settle();
    assertSameUser();
    if (token !== null) setBearer(operation, token);
    let isRefused = false;
    const mayRepeat = token !== null && refused === undefined;
    const repeat = (settle: () => void) => {
      isRefused = true;
      start({ token: token ?? '', settle });
    };
    current = forward(operation).subscribe({
      next(result) {
        if (!(mayRepeat && isForNobody(result))) return deliver(result);
        return repeat(() => {
          deliver(result);
          observer.complete();
        });
      },
      error(error) {
        if (mayRepeat && error?.statusCode === 401) repeat(() => observer.error(error));
        else observer.error(error);
      },
      complete() {
        if (!isRefused) observer.complete();
      },
    });
  }
  const start = (refused?: Parameters<typeof send>[0]) => {
    send(refused).catch((error) => observer.error(error));
  };

  start();
  return () => {
    isOver = true;
    current?.unsubscribe();
  };
}

function setBearer(operation: Operation, token: string): void {
  operation.setContext(({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${token}` },
  }));
}

/** Whether the caller was not known, and nothing was done: a mutation of several fields may be half done. */
function isForNobody(result: Result): boolean {
  const { data, errors } = result as {
    readonly data?: object | null;
    readonly errors?: readonly { readonly extensions?: object }[];
  };
  return (
    errors?.some(({ extensions }) => isUnauthenticated(extensions ?? {})) === true &&
    Object.values(data ?? {}).every((value) => value === null)
  );
}
