/** Variables of the operator's own functions. */
import { z } from 'zod';
import { duration, flag, integer, oneOf, type Variable } from './values.ts';

/** Tags that an App Services environment can have; `""` is no environment. */
const ENVIRONMENTS = ['no-environment', 'development', 'testing', 'qa', 'production'] as const;

/** In the order of the README's table. */
export const FUNCTION_VARIABLES = {
  APP_SERVICES_EXPORT: {
    at: 'appServicesExport',
    schema: z.string().optional(),
    description:
      'Directory of an exported App Services app, which gives the defaults of these variables ([exported apps](docs/exported-app.md)). Unset: `FUNCTIONS_DIR`, if that is a whole app',
  },
  FUNCTIONS_DIR: {
    at: 'functions.dir',
    schema: z.string().optional(),
    description:
      'Directory of App Services functions (`config.json` and one `.js` file a function), or of the exported app they are part of',
  },
  FUNCTIONS_ENVIRONMENT: {
    at: 'functions.environment',
    schema: oneOf(ENVIRONMENTS),
    default: 'no-environment',
    description: "Which of the app's `environments/*.json` functions see as `context.environment`",
  },
  FUNCTIONS_STRICT: {
    at: 'functions.isStrict',
    schema: flag,
    default: 'false',
    description:
      'Whether a function, rule, value, trigger or endpoint that cannot be used stops the start; otherwise it takes only itself out, and the log says so',
  },
  FUNCTIONS_FRESH_CUSTOM_DATA: {
    at: 'functions.readsCustomData',
    schema: flag,
    default: 'false',
    description:
      'Whether `context.user.custom_data` and `can_evaluate` see the document as it is stored at each call of a user, instead of the one in the token',
  },
  FUNCTION_SECRETS_FILE: {
    at: 'functions.secretsFile',
    schema: z.string().optional(),
    description: 'JSON file of secrets by name, for values of functions that come from a secret',
  },
  FUNCTION_TIMEOUT: {
    at: 'functions.timeoutSeconds',
    schema: duration('1s', '5m'),
    default: '30s',
    description: 'How long a function may run',
  },
  FUNCTION_MEMORY_MB: {
    at: 'functions.memoryMb',
    schema: integer(16, 4096),
    default: '128',
    description: 'How much memory a function may use, in MiB',
  },
  FUNCTION_THREADS: {
    at: 'functions.threads',
    schema: integer(1, 64),
    default: '4',
    description: 'How many functions run at once; one user gets at most half of them',
  },
  AUTH_FUNCTION: {
    at: 'functions.authFunction',
    schema: z.string(),
    default: 'authFunction',
    description: 'Function that `custom-function` log-ins call',
  },
  ON_USER_CREATION_FUNCTION: {
    at: 'functions.onUserCreation',
    schema: z.string().optional(),
    description: 'Function that runs before an account exists; if it throws, there is none',
  },
} as const satisfies Record<string, Variable>;
