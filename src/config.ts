/**
 * Configuration from environment variables: parsed once, purely, with every problem reported together.
 *
 * No file is read and no default exists for a secret. The README's table is checked against
 * `CONFIG_VARIABLES` by a test.
 */
import { z } from 'zod';
import { duration, flag, httpUrl, integer, list, name, oneOf, origin } from './config-values.ts';

/** Ways to log in that can be switched on, in the spelling of `PROVIDERS`. */
export const PROVIDERS = ['anonymous', 'email-password', 'custom-jwt'] as const;
/** A way to log in. */
export type Provider = (typeof PROVIDERS)[number];

/** Signature algorithms the gateway can sign with (RFC 7518, RFC 8037). */
export const SIGNING_ALGS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const;
/** A signature algorithm (JWA name). */
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** How BSON values are written into the `user_data` claim. */
export type ClaimEncoding = 'canonical' | 'relaxed';

/** Levels of the log, least severe first. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Where the gateway keeps its state and its users' documents. */
export type StoreConfig =
  | { readonly kind: 'embedded'; readonly dataDir: string }
  | { readonly kind: 'mongodb'; readonly uri: string };

/** The complete, validated configuration. Durations are in seconds, sizes in bytes. */
export interface Config {
  readonly host: string;
  /** TCP port; 0 asks the system for a free one. */
  readonly port: number;
  /** URL under which clients reach the gateway; unset: `http://HOST:PORT` once listening. */
  readonly publicUrl: string | undefined;
  readonly appId: string;
  readonly store: StoreConfig;
  readonly customData: {
    readonly database: string;
    readonly collection: string;
    readonly userIdField: string;
    readonly claimEncoding: ClaimEncoding;
    readonly schemaFile: string | undefined;
  };
  readonly token: {
    /** Largest `Authorization` header value, in bytes. */
    readonly budgetBytes: number;
    readonly accessTtlSeconds: number;
    readonly refreshTtlSeconds: number;
    readonly signingAlg: SigningAlg;
    readonly signingKeysFile: string | undefined;
  };
  readonly providers: readonly Provider[];
  readonly customJwtIssuersFile: string | undefined;
  /** Origins that browsers may call from; unset: Apollo Studio, and loopback pages if HOST is loopback. */
  readonly corsOrigins: readonly string[] | undefined;
  readonly introspection: boolean;
  readonly trustProxy: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** What `parseConfig` found: a configuration, or every problem at once. */
export type ConfigResult =
  | { readonly type: 'ok'; readonly config: Config }
  | { readonly type: 'error'; readonly problems: readonly string[] };

interface Variable {
  readonly schema: z.ZodType;
  /** Value used when the variable is unset or empty; `undefined`: optional. */
  readonly default?: string;
  readonly description: string;
}

const VARIABLES = {
  HOST: {
    schema: z.string(),
    default: '127.0.0.1',
    description: 'Address to listen on',
  },
  PORT: {
    schema: integer(0, 65_535),
    default: '4000',
    description: 'Port to listen on; 0 takes a free one',
  },
  PUBLIC_URL: {
    schema: httpUrl.optional(),
    description:
      'URL clients reach the gateway under; also the `iss` claim. Unset: `http://HOST:PORT`',
  },
  APP_ID: {
    schema: name('letters, digits, "-", "_" or "."', /^[\w.-]{1,100}$/),
    default: 'myapp-abcde',
    description: 'App id; also the `aud` claim',
  },
  MONGODB_URI: {
    schema: name('a mongodb:// or mongodb+srv:// URI', /^mongodb(\+srv)?:\/\/./).optional(),
    description: 'Keep everything in this MongoDB. Unset: the embedded store',
  },
  DATA_DIR: {
    schema: z.string(),
    default: './data',
    description: 'Directory of the embedded store',
  },
  CUSTOM_DATA_DATABASE: {
    schema: name('a MongoDB database name', /^[^/\\. "$*<>:|?\0]{1,63}$/),
    default: 'custom-user-data-database',
    description: 'Database of the documents',
  },
  CUSTOM_DATA_COLLECTION: {
    schema: name('a MongoDB collection name', /^(?!system\.)[^$\0]{1,120}$/),
    default: 'custom-user-data',
    description: 'Collection of the documents',
  },
  CUSTOM_DATA_USER_ID_FIELD: {
    schema: name('a top-level field name without "." or "$"', /^[^$.\0][^.\0]*$/),
    default: 'userId',
    description: 'Field of the document that holds the user id',
  },
  CUSTOM_DATA_CLAIM_ENCODING: {
    schema: oneOf(['canonical', 'relaxed']),
    default: 'canonical',
    description: 'Extended JSON form of the `user_data` claim: `canonical` or `relaxed`',
  },
  CUSTOM_DATA_SCHEMA_FILE: {
    schema: z.string().optional(),
    description:
      'JSON Schema of the documents: types, who may write and see a field, what tokens carry',
  },
  TOKEN_BUDGET_BYTES: {
    schema: integer(1024, 60_000),
    default: '8192',
    description: 'Largest `Authorization` header value a write may lead to, in bytes',
  },
  ACCESS_TOKEN_TTL: {
    schema: duration('1m', '1d'),
    default: '30m',
    description: 'Life of an access token',
  },
  REFRESH_TOKEN_TTL: {
    schema: duration('30m', '1825d'),
    default: '60d',
    description: 'Life of a refresh token',
  },
  SIGNING_ALG: {
    schema: oneOf(SIGNING_ALGS),
    default: 'ES256',
    description: `Signature algorithm: ${SIGNING_ALGS.map((alg) => `\`${alg}\``).join(', ')}`,
  },
  SIGNING_KEYS_FILE: {
    schema: z.string().optional(),
    description:
      'JWKS file with private signing keys. Unset: made on first start, kept in the store',
  },
  PROVIDERS: {
    schema: list
      .pipe(z.array(oneOf(PROVIDERS)).min(1, 'must name at least one provider'))
      .optional(),
    description:
      'Ways to log in. Unset: `anonymous,email-password`, and `custom-jwt` when issuers are given',
  },
  CUSTOM_JWT_ISSUERS_FILE: {
    schema: z.string().optional(),
    description: 'JSON file of the issuers whose tokens `custom-jwt` accepts',
  },
  CORS_ORIGINS: {
    schema: list.pipe(z.array(origin)).optional(),
    description:
      'Origins browsers may call from, or `*`. Unset: Apollo Studio, and pages on localhost while `HOST` is a loopback address',
  },
  INTROSPECTION: {
    schema: flag,
    default: 'true',
    description: 'Whether the schema can be queried',
  },
  TRUST_PROXY: {
    schema: flag,
    default: 'false',
    description: 'Whether to believe `X-Forwarded-*` headers',
  },
  LOG_LEVEL: {
    schema: oneOf(LOG_LEVELS),
    default: 'info',
    description: 'Least severe level that is logged',
  },
} as const satisfies Record<string, Variable>;

type VariableName = keyof typeof VARIABLES;
type Values = { [Name in VariableName]: z.output<(typeof VARIABLES)[Name]['schema']> };

/** Name, default and description of every variable the gateway reads, for documentation. */
export const CONFIG_VARIABLES: readonly {
  readonly name: string;
  readonly default: string | undefined;
  readonly description: string;
}[] = Object.entries(VARIABLES).map(([variable, definition]: [string, Variable]) => ({
  name: variable,
  default: definition.default,
  description: definition.description,
}));

/**
 * Parses the environment. An empty string counts as unset.
 *
 * @returns the configuration, or one line for every problem found. A problem never quotes a value.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ConfigResult {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [variable, definition] of Object.entries(VARIABLES) as [VariableName, Variable][]) {
    const given = env[variable] === '' ? undefined : env[variable];
    const result = definition.schema.safeParse(given ?? definition.default);
    if (result.success) values[variable] = result.data;
    else problems.push(...result.error.issues.map((issue) => `${variable} ${issue.message}`));
  }
  if (problems.length > 0) return { type: 'error', problems };
  const config = toConfig(values as Values);
  const conflicts = findConflicts(config);
  return conflicts.length > 0 ? { type: 'error', problems: conflicts } : { type: 'ok', config };
}

function findConflicts(config: Config): string[] {
  const problems: string[] = [];
  if (config.providers.includes('custom-jwt') && config.customJwtIssuersFile === undefined) {
    problems.push('PROVIDERS names custom-jwt, which needs CUSTOM_JWT_ISSUERS_FILE');
  }
  if (config.token.refreshTtlSeconds < config.token.accessTtlSeconds) {
    problems.push('REFRESH_TOKEN_TTL must not be shorter than ACCESS_TOKEN_TTL');
  }
  return problems;
}

function toConfig(values: Values): Config {
  const issuers = values.CUSTOM_JWT_ISSUERS_FILE;
  const defaultProviders: readonly Provider[] =
    issuers === undefined
      ? ['anonymous', 'email-password']
      : ['anonymous', 'email-password', 'custom-jwt'];
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL,
    appId: values.APP_ID,
    store:
      values.MONGODB_URI === undefined
        ? { kind: 'embedded', dataDir: values.DATA_DIR }
        : { kind: 'mongodb', uri: values.MONGODB_URI },
    customData: {
      database: values.CUSTOM_DATA_DATABASE,
      collection: values.CUSTOM_DATA_COLLECTION,
      userIdField: values.CUSTOM_DATA_USER_ID_FIELD,
      claimEncoding: values.CUSTOM_DATA_CLAIM_ENCODING,
      schemaFile: values.CUSTOM_DATA_SCHEMA_FILE,
    },
    token: {
      budgetBytes: values.TOKEN_BUDGET_BYTES,
      accessTtlSeconds: values.ACCESS_TOKEN_TTL,
      refreshTtlSeconds: values.REFRESH_TOKEN_TTL,
      signingAlg: values.SIGNING_ALG,
      signingKeysFile: values.SIGNING_KEYS_FILE,
    },
    providers: values.PROVIDERS ?? defaultProviders,
    customJwtIssuersFile: issuers,
    corsOrigins: values.CORS_ORIGINS,
    introspection: values.INTROSPECTION,
    trustProxy: values.TRUST_PROXY,
    logLevel: values.LOG_LEVEL,
  };
}
