/** An issuer of external tokens that serves its keys over real HTTP on the loopback address. */
import { type KeyObject, sign } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPrivateKey, encodePart, toJwk } from './test-tokens.ts';

/** What the key endpoint does. */
export type IssuerMode = 'serve' | 'fail' | 'garbage' | 'hang';

/** A running issuer. */
export interface LocalIssuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** How often the keys were asked for. */
  readonly fetches: () => number;
  /** How often the OpenID Connect discovery document was asked for. */
  readonly discoveries: () => number;
  /** Replaces members of the discovery document. */
  readonly setDiscovery: (members: object) => void;
  readonly setMode: (mode: IssuerMode) => void;
  /** Keeps the next request for the keys waiting: `arrived` when it is there, until `release`. */
  readonly hold: () => { readonly arrived: Promise<void>; readonly release: () => void };
  /** Replaces the published keys; returns the `kid` of the new one. */
  readonly rotate: () => string;
  /** Publishes one more key beside those there are. */
  readonly addKey: () => string;
  /** Signs a token, by the newest key unless `header` names another `kid`. */
  readonly issue: (claims: object, header?: Record<string, unknown>) => string;
  /** Stops the server: connections are refused from then on. */
  readonly stop: () => Promise<void>;
}

/** Starts an issuer of ES256 tokens. */
export async function startLocalIssuer(): Promise<LocalIssuer> {
  const keys = new Map<string, KeyObject>();
  let published: string[] = [];
  let mode: IssuerMode = 'serve';
  let fetches = 0;
  let discoveries = 0;
  let discovery: object = {};
  let held: { readonly arrive: () => void; readonly released: Promise<void> } | undefined;
  const server = createServer(async (request, response) => {
    if (request.url === '/.well-known/openid-configuration') {
      discoveries += 1;
      answer(mode, response, () => ({ issuer, jwks_uri: `${issuer}/keys`, ...discovery }));
      return;
    }
    fetches += 1;
    const { arrive, released } = held ?? {};
    held = undefined;
    arrive?.();
    await released;
    answer(mode, response, () => ({ keys: published.map((kid) => toPublicJwk(keys, kid)) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addKey = () => {
    const kid = `key-${keys.size}`;
    keys.set(kid, createPrivateKey('ES256'));
    published = [kid, ...published];
    return kid;
  };
  addKey();
  return {
    issuer,
    jwksUrl: `${issuer}/keys`,
    fetches: () => fetches,
    discoveries: () => discoveries,
    setDiscovery: (members) => {
      discovery = members;
    },
    setMode: (next) => {
      mode = next;
    },
    hold: () => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const arrived = new Promise<void>((arrive) => {
        held = { arrive, released };
      });
      return { arrived, release };
    },
    rotate: () => {
      published = [];
      return addKey();
    },
    addKey,
    issue: (claims, header = {}) => {
      const kid = String(header.kid ?? published[0]);
      const key = keys.get(kid) ?? keys.get(published[0] ?? '');
      if (key === undefined) throw new Error('The issuer has no key');
      return signToken(key, { alg: 'ES256', kid, ...header }, { iss: issuer, ...claims });
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(mode: IssuerMode, response: ServerResponse, keySet: () => object): void {
  if (mode === 'hang') return;
  response.statusCode = mode === 'fail' ? 500 : 200;
  response.end(mode === 'garbage' ? '<html>' : JSON.stringify(keySet()));
}

function toPublicJwk(keys: ReadonlyMap<string, KeyObject>, kid: string): object {
  const key = keys.get(kid);
  if (key === undefined) throw new Error('The issuer has no such key');
  const { d: _private, ...jwk } = toJwk(key, { kid });
  return jwk;
}

function signToken(key: KeyObject, header: object, claims: object): string {
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
