/** Variables of the process: where it listens, where it stores, who may call. */
import { z } from 'zod';
import { trustedProxies } from './trusted-proxies.ts';
import {
  appUrl,
  duration,
  flag,
  httpUrl,
  integer,
  list,
  name,
  oneOf,
  origin,
  type Variable,
} from './values.ts';

/** Levels of the log, least severe first. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** In the order of the README's table. */
export const SERVER_VARIABLES = {
  HOST: {
    at: 'host',
    schema: z.string(),
    default: '127.0.0.1',
    description: 'Address to listen on',
  },
  PORT: {
    at: 'port',
    schema: integer(0, 65_535),
    default: '4000',
    description: 'Port to listen on; 0 takes a free one',
  },
  PUBLIC_URL: {
    at: 'publicUrl',
    schema: httpUrl.optional(),
    description:
      'URL clients reach the gateway under; also the `iss` claim. Unset: `http://HOST:PORT`; the first one stays the issuer',
  },
  APP_ID: {
    at: 'appId',
    schema: name('letters, digits, "-", "_" or "."', /^[\w.-]{1,100}$/),
    default: 'myapp-abcde',
    description: 'App id; also the claims `aud` and `client_id`',
  },
  APP_NAME: {
    at: 'appName',
    schema: name('1 to 100 characters in one line', /^[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u).optional(),
    description: 'Name of the app in mails and pages. Unset: `APP_ID`',
  },
  APP_URL: {
    at: 'appUrl',
    schema: appUrl.optional(),
    description:
      'Where the app is, such as `https://app.example.com` or `myapp://home`: pages of the gateway lead back there',
  },
  MONGODB_URI: {
    at: 'store.uri',
    schema: name('a mongodb:// or mongodb+srv:// URI', /^mongodb(\+srv)?:\/\/./).optional(),
    description: 'Keep everything in this MongoDB. Unset: the embedded store',
  },
  DATA_DIR: {
    at: 'store.dataDir',
    schema: z.string(),
    default: './data',
    description:
      'Directory of the embedded store, and of packages of functions that come as an archive',
  },
  RESPONSE_CACHE_BYTES: {
    at: 'responseCacheBytes',
    schema: integer(0, 2 ** 32),
    default: '67108864',
    description:
      'Bytes of answers made of token claims alone, such as those of `me`, that are kept to be sent again; 0 keeps none',
  },
  WORKERS: {
    at: 'workers',
    schema: integer(1, 64),
    default: '1',
    description:
      'Processes that share the port and the work; 1 is one process without a primary ([workers](docs/workers.md))',
  },
  CORS_ORIGINS: {
    at: 'corsOrigins',
    schema: list.pipe(z.array(origin)).optional(),
    description:
      'Origins browsers may call from, or `*`. Unset: Apollo Studio, and pages on localhost while `HOST` is a loopback address',
  },
  INTROSPECTION: {
    at: 'introspection',
    schema: flag,
    default: 'true',
    description: 'Whether the schema can be queried',
  },
  FEDERATION: {
    at: 'federation',
    schema: flag,
    default: 'false',
    description:
      'Whether routers can make the gateway a subgraph of a federated graph ([federation](docs/federation.md))',
  },
  EXPLORER: {
    at: 'explorer',
    schema: flag.optional(),
    description:
      'Whether browsers get pages: the explorer at `/`, Apollo Sandbox at `/sandbox`. Unset: as `INTROSPECTION`',
  },
  TRUST_PROXY: {
    at: 'trustProxy',
    schema: trustedProxies,
    default: 'false',
    description:
      'Whose `X-Forwarded-*` headers are believed: `false`, how many proxies are in front (`1`), or their addresses (`10.0.0.0/8,192.0.2.7`); `true` believes anybody ([scaling](docs/scaling.md#whose-address-it-is))',
  },
  DRAIN_DELAY: {
    at: 'drainDelaySeconds',
    schema: duration('0s', '10m'),
    default: '0s',
    description:
      'How long a gateway that was told to stop goes on taking connections, while `/health/ready` is 503',
  },
  KEEP_ALIVE_TIMEOUT: {
    at: 'keepAliveSeconds',
    schema: duration('1s', '1h'),
    default: '72s',
    description:
      'How long an idle connection is kept; longer than the load balancer in front keeps it',
  },
  SUBSCRIPTIONS_PER_USER: {
    at: 'subscriptions.perUser',
    schema: integer(0, 1000),
    default: '10',
    description:
      'Most subscriptions of one user in a process ([subscriptions](docs/subscriptions.md))',
  },
  SUBSCRIPTIONS_MAX: {
    at: 'subscriptions.most',
    schema: integer(0, 1_000_000),
    default: '10000',
    description: 'Most subscriptions, and most connections for them, in a process; 0 serves none',
  },
  LOG_LEVEL: {
    at: 'logLevel',
    schema: oneOf(LOG_LEVELS),
    default: 'info',
    description: 'Least severe level that is logged',
  },
  METRICS_TOKEN: {
    at: 'metricsToken',
    schema: name(
      'a bearer token: letters, digits and "-._~+/"',
      /^[\w.~+/-]{1,1000}={0,2}$/,
    ).optional(),
    description:
      'Bearer token that `/metrics` asks for. Unset: anybody may read it, so keep the path from the world',
  },
  LOG_USER_IDS: {
    at: 'logUserIds',
    schema: oneOf(['plain', 'hashed']),
    default: 'plain',
    description:
      'How the log shows user ids: as they are, or as hashes under a key of the store ([monitoring](docs/monitoring.md#the-log))',
  },
  AUDIT_LOG: {
    at: 'audit.kept',
    schema: oneOf(['off', 'log', 'store']),
    default: 'off',
    description:
      'Where it is kept what happens to users: nowhere, in the log, or in the store ([monitoring](docs/monitoring.md#the-audit-log))',
  },
  AUDIT_LOG_TTL: {
    at: 'audit.ttlSeconds',
    schema: duration('1h', '3650d'),
    default: '90d',
    description: 'How long the store keeps an entry of the audit log',
  },
} as const satisfies Record<string, Variable>;
