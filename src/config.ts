/**
 * Configuration from environment variables: parsed once, purely, with every problem reported together.
 *
 * No file is read and no default exists for a secret. The README's table is checked against
 * `CONFIG_VARIABLES` by a test.
 */
import { join } from 'node:path';
import { findConflicts } from './config/conflicts.ts';
import { PROVIDERS, SIGNING_ALGS } from './config/log-in-variables.ts';
import type {
  ClaimEncoding,
  Config,
  EmailConfig,
  FunctionsConfig,
  OpenIdConfig,
  Provider,
  SigningAlg,
} from './config/types.ts';
import { describeUnknownVariable, findUnknownVariables } from './config/unknown-variables.ts';
import type { Variable } from './config/variable.ts';
import { VARIABLES, type Values, type VariableName } from './config/variables.ts';

export type {
  ClaimEncoding,
  Config,
  EmailConfig,
  FunctionsConfig,
  OpenIdConfig,
  Provider,
  SigningAlg,
};
export { describeUnknownVariable, SIGNING_ALGS };

/** What `parseConfig` found: a configuration, or every problem at once. */
export type ConfigResult =
  | { readonly type: 'ok'; readonly config: Config }
  | { readonly type: 'error'; readonly problems: readonly string[] };

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
 * @returns the configuration, or one line for every problem found and for every variable that is not known and
 *   may be the cause. A problem never quotes a value.
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
  const unknownVariables = findUnknownVariables(env);
  // What is wrong may come of a name that is.
  const hints = unknownVariables.map(describeUnknownVariable);
  if (problems.length > 0) return { type: 'error', problems: [...problems, ...hints] };
  const config = { ...toConfig(values as Values), unknownVariables };
  const conflicts = findConflicts(config);
  return conflicts.length > 0
    ? { type: 'error', problems: [...conflicts, ...hints] }
    : { type: 'ok', config };
}

function toConfig(values: Values): Omit<Config, 'unknownVariables'> {
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
      history: values.CUSTOM_DATA_HISTORY,
      clientAccess: values.CUSTOM_DATA_CLIENT_ACCESS,
      deleteWithUser: values.DELETE_CUSTOM_DATA_WITH_USER,
    },
    token: {
      budgetBytes: values.TOKEN_BUDGET_BYTES,
      accessTtlSeconds: values.ACCESS_TOKEN_TTL,
      refreshTtlSeconds: values.REFRESH_TOKEN_TTL,
      signingAlg: values.SIGNING_ALG,
      signingKeysFile: values.SIGNING_KEYS_FILE,
    },
    providers: values.PROVIDERS ?? defaultProviders(values),
    areProvidersNamed: values.PROVIDERS !== undefined,
    customJwtIssuersFile: values.CUSTOM_JWT_ISSUERS_FILE,
    google: toOpenIdConfig(values.GOOGLE_ISSUER, values.GOOGLE_CLIENT_IDS),
    apple: toOpenIdConfig(values.APPLE_ISSUER, values.APPLE_CLIENT_IDS),
    email: toEmailConfig(values),
    functions: toFunctionsConfig(values),
    corsOrigins: values.CORS_ORIGINS,
    introspection: values.INTROSPECTION,
    responseCacheBytes: values.RESPONSE_CACHE_BYTES,
    trustProxy: values.TRUST_PROXY,
    drainDelaySeconds: values.DRAIN_DELAY,
    keepAliveSeconds: values.KEEP_ALIVE_TIMEOUT,
    logLevel: values.LOG_LEVEL,
  };
}

function defaultProviders(values: Values): readonly Provider[] {
  const isConfigured: Partial<Record<Provider, boolean>> = {
    'custom-jwt': values.CUSTOM_JWT_ISSUERS_FILE !== undefined,
    'custom-function': values.FUNCTIONS_DIR !== undefined,
    google: values.GOOGLE_CLIENT_IDS !== undefined,
    apple: values.APPLE_CLIENT_IDS !== undefined,
  };
  return PROVIDERS.filter((provider) => isConfigured[provider] ?? true);
}

function toOpenIdConfig(
  issuer: string,
  clientIds: readonly string[] | undefined,
): OpenIdConfig | undefined {
  return clientIds === undefined || clientIds.length === 0 ? undefined : { issuer, clientIds };
}

function toEmailConfig(values: Values): EmailConfig {
  return {
    confirmation: values.EMAIL_CONFIRMATION,
    confirmationFunction: values.EMAIL_CONFIRMATION_FUNCTION,
    confirmationUrl: values.EMAIL_CONFIRMATION_URL,
    reset: values.PASSWORD_RESET ?? (values.SMTP_URL === undefined ? 'off' : 'email'),
    resetFunction: values.PASSWORD_RESET_FUNCTION,
    resetUrl: values.PASSWORD_RESET_URL,
    smtpUrl: values.SMTP_URL,
    from: values.EMAIL_FROM,
    templatesDir: values.EMAIL_TEMPLATES_DIR,
  };
}

function toFunctionsConfig(values: Values): FunctionsConfig {
  return {
    dir: values.FUNCTIONS_DIR,
    environment: values.FUNCTIONS_ENVIRONMENT,
    isStrict: values.FUNCTIONS_STRICT,
    packagesDir: join(values.DATA_DIR, 'packages'),
    secretsFile: values.FUNCTION_SECRETS_FILE,
    timeoutSeconds: values.FUNCTION_TIMEOUT,
    memoryMb: values.FUNCTION_MEMORY_MB,
    threads: values.FUNCTION_THREADS,
    authFunction: values.AUTH_FUNCTION,
    onUserCreation: values.ON_USER_CREATION_FUNCTION,
  };
}
