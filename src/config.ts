/**
 * Configuration from environment variables: parsed once, purely, with every problem reported together.
 *
 * No file is read and no default exists for a secret. A variable is declared once, in `config/*-variables.ts`:
 * what is not worked out of others here follows from that, the README's table included.
 */
import { join } from 'node:path';
import type {
  AuthOperation,
  AuthTrigger,
  ExportedSetting,
} from './config/app-export/exported-app.ts';
import { findConflicts } from './config/conflicts.ts';
import { SIGNING_ALGS } from './config/log-in-variables.ts';
import type { LimitedOperation, RateLimit, RateLimits } from './config/rate-limits.ts';
import {
  describeUnknownVariable,
  findUnknownVariables,
  type UnknownVariable,
} from './config/unknown-variables.ts';
import type { Variable } from './config/values.ts';
import { type PlacedValues, placeValues, VARIABLES, type Values } from './config/variables.ts';

export type { AuthOperation, AuthTrigger, LimitedOperation, RateLimit, RateLimits };
export { describeUnknownVariable, SIGNING_ALGS };

/** What is worked out of several variables. */
interface WorkedOut {
  /** Where the gateway keeps its state and its users' documents. */
  readonly store:
    | { readonly kind: 'embedded'; readonly dataDir: string }
    | { readonly kind: 'mongodb'; readonly uri: string };
  /** OpenID Connect providers; absent if no client id is configured. */
  readonly google: OpenIdConfig | undefined;
  readonly apple: OpenIdConfig | undefined;
  readonly functions: FunctionsConfig;
  /** Whether `PROVIDERS` names them, so that each is meant. */
  readonly areProvidersNamed: boolean;
  /** Set variables that are probably meant for the gateway, which does not know them. */
  readonly unknownVariables: readonly UnknownVariable[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The complete, validated configuration. Durations are in seconds, sizes in bytes. */
export interface Config extends Omit<PlacedValues, keyof WorkedOut>, WorkedOut {}

/** A way to log in. */
export type Provider = Config['providers'][number];
/** A signature algorithm (JWA name). */
export type SigningAlg = Config['token']['signingAlg'];
/** How BSON values are written into the `user_data` claim. */
export type ClaimEncoding = Config['customData']['claimEncoding'];
/** How e-mail addresses are confirmed and passwords are reset. */
export type EmailConfig = Config['email'];

/** An OpenID Connect provider whose ID tokens are accepted. */
export interface OpenIdConfig {
  /** Issuer URL; its discovery document says where the keys are. */
  readonly issuer: string;
  /** Accepted values of `aud`. */
  readonly clientIds: readonly string[];
}

/** The operator's functions and their limits. */
export type FunctionsConfig = PlacedValues['functions'] & {
  /** Where packages that come as an archive are unpacked; `null`: nowhere, it is only looked. */
  readonly packagesDir: string | null;
  /** What runs them when something happens to a user. */
  readonly triggers: readonly AuthTrigger[];
};

/** What `parseConfig` found: a configuration, or every problem at once. */
export type ConfigResult =
  | { readonly type: 'ok'; readonly config: Config }
  | { readonly type: 'error'; readonly problems: readonly string[] };

/** Name, default and description of every variable the gateway reads, for documentation. */
export const CONFIG_VARIABLES = Object.entries<Variable>(VARIABLES).map(
  ([name, { default: text, description }]) => ({
    name,
    default: typeof text === 'string' ? text : undefined,
    description,
  }),
);

/**
 * Parses the environment. An empty string counts as unset.
 *
 * @param exported defaults that an exported app gives, where a variable that is set wins, and its triggers.
 * @returns the configuration, or one line for every problem found and for every variable that is not known and
 *   may be the cause. A problem never quotes a value.
 */
export function parseConfig(
  env: Environment,
  exported: readonly ExportedSetting[] = [],
  triggers: readonly AuthTrigger[] = [],
): ConfigResult {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const isNamed = (name: string) => (env[name] ?? '') !== '';
  const defaults = new Map(exported.map((setting) => [setting.variable, setting]));
  const isSet = (name?: string) => name === undefined || isNamed(name) || defaults.has(name);
  for (const [name, { default: fallback, schema }] of Object.entries<Variable>(VARIABLES)) {
    const unset = typeof fallback === 'function' ? fallback(isSet) : fallback;
    const result = schema.safeParse(
      isNamed(name) ? env[name] : (defaults.get(name)?.value ?? unset),
    );
    if (result.success) values[name] = result.data;
    else problems.push(...result.error.issues.map((issue) => `${name} ${issue.message}`));
  }
  // Whether they go together can be asked once each is good.
  if (problems.length === 0) problems.push(...findConflicts(values as Values));
  const unknownVariables = findUnknownVariables(env);
  if (problems.length === 0) {
    const config = workOut(values as Values, { isNamed, triggers });
    return { type: 'ok', config: { ...config, unknownVariables } };
  }
  const inForce = exported.filter(({ variable }) => !isNamed(variable));
  // What is wrong may come of a name that is.
  return {
    type: 'error',
    problems: [
      ...problems.map((problem) => nameOrigin(problem, inForce)),
      ...unknownVariables.map(describeUnknownVariable),
    ],
  };
}

/** Says of a problem which of the variables in it the operator did not set. */
function nameOrigin(problem: string, exported: readonly ExportedSetting[]): string {
  const words = new Set(problem.split(/\W/));
  const origins = exported
    .filter(({ variable }) => words.has(variable))
    .map(
      ({ variable, from }) =>
        `${variable} is from ${from} of the exported app, set it to overrule that`,
    );
  return origins.length === 0 ? problem : `${problem} (${origins.join('; ')})`;
}

/** What is not among the values themselves. */
interface BesideValues {
  /** Whether the operator has set a variable. */
  readonly isNamed: (variable: string) => boolean;
  readonly triggers: readonly AuthTrigger[];
}

function workOut(values: Values, { isNamed, triggers }: BesideValues) {
  const { functions, google, apple, store, ...placed } = placeValues(values);
  const toOpenId = ({ clientIds, issuer }: PlacedValues['google']) =>
    clientIds && { issuer, clientIds };
  return {
    ...placed,
    store:
      store.uri === undefined
        ? ({ kind: 'embedded', dataDir: store.dataDir } as const)
        : ({ kind: 'mongodb', uri: store.uri } as const),
    google: toOpenId(google),
    apple: toOpenId(apple),
    functions: { ...functions, packagesDir: join(store.dataDir, 'packages'), triggers },
    areProvidersNamed: isNamed('PROVIDERS'),
  };
}
