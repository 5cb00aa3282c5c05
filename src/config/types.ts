/** The shape of the configuration. */
import type { PASSWORD_RESETS, PROVIDERS, SIGNING_ALGS } from './log-in-variables.ts';
import type { UnknownVariable } from './unknown-variables.ts';
import type { Values } from './variables.ts';

/** A way to log in. */
export type Provider = (typeof PROVIDERS)[number];

/** A signature algorithm (JWA name). */
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** How BSON values are written into the `user_data` claim. */
export type ClaimEncoding = 'canonical' | 'relaxed';

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
    /** Revisions of each document that are kept; 0: no history. */
    readonly history: number;
    /** What clients may do with their own document through the `mongodb-atlas` service. */
    readonly clientAccess: Values['CUSTOM_DATA_CLIENT_ACCESS'];
    /** Whether the document goes when its user is deleted. */
    readonly deleteWithUser: boolean;
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
  /** Whether `PROVIDERS` names them, so that each is meant. */
  readonly areProvidersNamed: boolean;
  readonly customJwtIssuersFile: string | undefined;
  /** OpenID Connect providers; absent if no client id is configured. */
  readonly google: OpenIdConfig | undefined;
  readonly apple: OpenIdConfig | undefined;
  readonly email: EmailConfig;
  readonly functions: FunctionsConfig;
  /** Origins that browsers may call from; unset: Apollo Studio, and loopback pages if HOST is loopback. */
  readonly corsOrigins: readonly string[] | undefined;
  readonly introspection: boolean;
  /** Most bytes of answers that are kept; 0: none are. */
  readonly responseCacheBytes: number;
  readonly trustProxy: boolean;
  /** How long connections are still taken once the gateway stops. */
  readonly drainDelaySeconds: number;
  /** How long an idle connection is kept. */
  readonly keepAliveSeconds: number;
  readonly logLevel: Values['LOG_LEVEL'];
  /** Set variables that are probably meant for the gateway, which does not know them. */
  readonly unknownVariables: readonly UnknownVariable[];
}

/** An OpenID Connect provider whose ID tokens are accepted. */
export interface OpenIdConfig {
  /** Issuer URL; its discovery document says where the keys are. */
  readonly issuer: string;
  /** Accepted values of `aud`. */
  readonly clientIds: readonly string[];
}

/** How e-mail addresses are confirmed and passwords are reset. */
export interface EmailConfig {
  readonly confirmation: Values['EMAIL_CONFIRMATION'];
  readonly confirmationFunction: string | undefined;
  readonly confirmationUrl: string | undefined;
  readonly reset: (typeof PASSWORD_RESETS)[number];
  readonly resetFunction: string | undefined;
  readonly resetUrl: string | undefined;
  readonly smtpUrl: string | undefined;
  readonly from: string | undefined;
  readonly templatesDir: string | undefined;
}

/** The operator's functions and their limits. */
export interface FunctionsConfig {
  readonly dir: string | undefined;
  readonly environment: Values['FUNCTIONS_ENVIRONMENT'];
  /** Whether what cannot be used stops the start. */
  readonly isStrict: boolean;
  /** Where packages that come as an archive are unpacked; `null`: nowhere, it is only looked. */
  readonly packagesDir: string | null;
  readonly secretsFile: string | undefined;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly threads: number;
  /** Function of the `custom-function` provider. */
  readonly authFunction: string;
  readonly onUserCreation: string | undefined;
}
