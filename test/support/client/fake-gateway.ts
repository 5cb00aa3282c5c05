/** A gateway in small, behind `fetch`: trades, reissues and refuses tokens by the rules of docs/sessions.md. */
import type { Fetch, FetchAnswer } from '../../../client/src/platform.ts';

/** One request as it came. */
export interface SentRequest {
  readonly field: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
  readonly url: string;
}

/** What answers instead of the gateway; `undefined`: the gateway does. */
export type Intercept = (
  request: SentRequest,
) => FetchAnswer | Promise<FetchAnswer | undefined> | undefined;

interface FakeSession {
  readonly sid: string;
  readonly userId: string;
  refreshToken: string;
  /** What was traded, and when: good for ten seconds. */
  readonly traded: Map<string, number>;
}

/** The gateway, and what a test wants of it. */
export interface FakeGateway {
  readonly fetch: Fetch;
  readonly requests: SentRequest[];
  /** How often an operation came. */
  readonly count: (field: string) => number;
  intercept: Intercept | undefined;
  /** The document of every user. */
  document: Readonly<Record<string, unknown>> | null;
  /** Milliseconds that its clock is ahead. */
  ahead: number;
  /** Ends every session. */
  endSessions(): void;
  /** Tokens of before are not known any more: another installation. */
  reinstall(): void;
}

const GRACE = 10_000;

/** An answer of a GraphQL server. */
export function answerJson(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): FetchAnswer {
  return answerText(JSON.stringify(body), status, headers);
}

/** An answer of anything. */
export function answerText(
  text: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): FetchAnswer {
  return {
    status,
    headers: { get: (name) => headers[name] ?? null },
    text: () => Promise.resolve(text),
  };
}

/** An error of the gateway's. */
export function answerError(code: string, extensions: object = {}, status = 200): FetchAnswer {
  return answerJson({ errors: [{ message: code, extensions: { code, ...extensions } }] }, status);
}

/** Creates a gateway whose access tokens live for `life` milliseconds. */
export function createFakeGateway(
  now: () => number,
  { life = 1_800_000 }: { readonly life?: number } = {},
): FakeGateway {
  const requests: SentRequest[] = [];
  const sessions = new Map<string, FakeSession>();
  const good = new Set<string>();
  let count = 0;
  let revision = 0;
  const time = () => now() + gateway.ahead;
  const name = (prefix: string) => {
    count += 1;
    return `${prefix}${count}`;
  };

  function issue({ sid, userId }: FakeSession, exp = Math.floor((time() + life) / 1000)) {
    const iat = Math.floor(time() / 1000);
    const claims = { sub: userId, sid, iat, exp, user_data_at: time(), user_data: { name: 'Zoë' } };
    const payload = Buffer.from(JSON.stringify({ ...claims, jti: name('j') })).toString(
      'base64url',
    );
    const accessToken = `e30.${payload}.c2ln`;
    good.add(accessToken);
    const user = {
      id: userId,
      customData: gateway.document,
      customDataRevision: gateway.document && `r${revision}`,
      customDataReadAt: new Date(time()).toISOString(),
      tokenExpiresAt: new Date(exp * 1000).toISOString(),
    };
    return { accessToken, user };
  }

  function refuse(reason: string): FetchAnswer {
    return answerError('UNAUTHENTICATED', { reason }, 401);
  }

  function callerOf(token: string | undefined) {
    if (token === undefined || !good.has(token)) return undefined;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const session = sessions.get(claims.sid);
    return claims.exp * 1000 > time() && session ? { session, exp: claims.exp } : undefined;
  }

  function refresh(refreshToken: unknown): FetchAnswer {
    for (const session of sessions.values()) {
      const tradedAt = session.traded.get(String(refreshToken));
      if (session.refreshToken === refreshToken || (tradedAt ?? 0) + GRACE > time()) {
        if (session.refreshToken === refreshToken) {
          session.traded.set(session.refreshToken, time());
          session.refreshToken = name('r');
        }
        const { refreshToken: latest } = session;
        return answerJson({
          data: { refreshSession: { ...issue(session), refreshToken: latest } },
        });
      }
      if (tradedAt !== undefined) sessions.delete(session.sid);
    }
    return refuse('TOKEN_INVALID');
  }

  function logIn(): FetchAnswer {
    const session: FakeSession = {
      sid: name('s'),
      userId: name('u'),
      refreshToken: name('r'),
      traded: new Map(),
    };
    sessions.set(session.sid, session);
    const { refreshToken } = session;
    return answerJson({ data: { logIn: { ...issue(session), refreshToken } } });
  }

  function reissue({ field, variables, token }: SentRequest): FetchAnswer {
    const caller = callerOf(token);
    if (caller === undefined) return refuse('TOKEN_EXPIRED');
    if (field === 'logOut') {
      sessions.delete(caller.session.sid);
      return answerJson({ data: { logOut: true } });
    }
    if (field === 'writeCustomUserData') {
      gateway.document = { ...gateway.document, ...(variables['d'] as object) };
      revision += 1;
    }
    const result = { acknowledged: true, matchedCount: 1, modifiedCount: 1, deletedCount: 0 };
    return answerJson({ data: { [field]: { ...issue(caller.session, caller.exp), result } } });
  }

  const gateway: FakeGateway = {
    requests,
    count: (field) => requests.filter((request) => request.field === field).length,
    intercept: undefined,
    document: null,
    ahead: 0,
    endSessions: () => sessions.clear(),
    reinstall() {
      sessions.clear();
      good.clear();
    },
    async fetch(url, { body, headers }) {
      const { query, variables = {} } = JSON.parse(body);
      const field = /\{(\w+)/.exec(query.slice(query.indexOf('{')))?.[1] ?? '';
      const token = headers['authorization']?.slice('Bearer '.length);
      const request = { field, variables, token, url };
      requests.push(request);
      const instead = await gateway.intercept?.(request);
      if (instead !== undefined) return instead;
      if (field === 'logIn') return logIn();
      if (field === 'refreshSession') return refresh(variables.t);
      if (field === 'registerUser') return answerJson({ data: { registerUser: { userId: 'u0' } } });
      return reissue(request);
    },
  };
  return gateway;
}
