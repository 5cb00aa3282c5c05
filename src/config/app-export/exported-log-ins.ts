/** Ways to log in, as an exported app has them switched on. */
import { z } from 'zod';
import { PROVIDER_NAMES, PROVIDER_NEEDS } from '../log-in-variables.ts';
import { type ExportFiles, parseExported } from './export-files.ts';
import { type ExportedSetting, type LeftBehind, quote } from './exported-app.ts';

/** One provider. Members that mean nothing here are ignored. */
const providerEntry = z.looseObject({
  type: z.string().optional(),
  disabled: z.boolean().default(false),
  config: z.looseObject({}).nullish(),
});

/** A provider of the app that is switched on. */
interface ExportedProvider {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly from: string;
}

const PROVIDERS = Object.keys(PROVIDER_NAMES) as (keyof typeof PROVIDER_NAMES)[];
/** Our providers by what the vendor called them. */
const BY_NAME = new Map(PROVIDERS.map((provider) => [PROVIDER_NAMES[provider], provider]));

/** Of one file each, in the layout before. */
const OLD_FOLDER = 'auth_providers';
const FILE = 'auth/providers.json';

/**
 * `PROVIDERS` and what belongs to each. An app that says nothing of its providers gives nothing.
 *
 * @param isSet whether a variable has a value without them.
 */
export function readLogIns(
  files: ExportFiles,
  isSet: (variable: string) => boolean,
): { readonly settings: ExportedSetting[]; readonly leftBehind: LeftBehind[] } {
  const providers = readProviders(files);
  if (providers === null) return { settings: [], leftBehind: [] };
  const settings = providers.on.flatMap((provider) => settingsOf(provider));
  const given = (variable: string) =>
    isSet(variable) || settings.some((setting) => setting.variable === variable);
  const leftBehind: LeftBehind[] = [];
  const names = providers.on.flatMap(({ type, from }) => {
    const name = BY_NAME.get(type);
    const need = name && PROVIDER_NEEDS[name];
    if (name !== undefined && (need === undefined || given(need))) return [name];
    const hint = need === undefined ? '' : `, for which ${need} is not set`;
    leftBehind.push({ what: `log-in provider ${quote(type)}${hint}`, from });
    return [];
  });
  const value = names.length === 0 ? 'none' : names.join(',');
  return {
    settings: [{ variable: 'PROVIDERS', value, from: providers.from }, ...settings],
    leftBehind,
  };
}

function readProviders(files: ExportFiles) {
  const content = files.read(FILE);
  if (content !== undefined) {
    const entries = parseExported(z.record(z.string(), z.unknown()), content, FILE);
    const on = Object.entries(entries).flatMap(([key, entry]) => toProvider(entry, key, FILE));
    return { on, from: FILE };
  }
  const old = files.list(OLD_FOLDER).filter(({ name }) => name.endsWith('.json'));
  if (old.length === 0) return null;
  const on = old.flatMap(({ name, path }) =>
    toProvider(files.read(path), name.slice(0, -'.json'.length), path),
  );
  return { on, from: OLD_FOLDER };
}

function toProvider(content: unknown, name: string, from: string): ExportedProvider[] {
  const { type = name, config, disabled } = parseExported(providerEntry, content, from);
  return disabled ? [] : [{ type, config: config ?? {}, from }];
}

function settingsOf({ type, config, from }: ExportedProvider): ExportedSetting[] {
  const setting = (variable: string, value: unknown): ExportedSetting[] =>
    typeof value === 'string' && value !== '' ? [{ variable, value, from }] : [];
  switch (type) {
    case 'local-userpass':
      return [
        ...confirmationOf(config).flatMap(([variable, value]) => setting(variable, value)),
        ...resetOf(config).flatMap(([variable, value]) => setting(variable, value)),
      ];
    case 'custom-function':
      return setting('AUTH_FUNCTION', config['authFunctionName']);
    case 'oauth2-google':
      return setting('GOOGLE_CLIENT_IDS', config['clientId']);
    case 'oauth2-apple':
      return setting('APPLE_CLIENT_IDS', config['clientId']);
    default:
      return [];
  }
}

type Pairs = readonly (readonly [variable: string, value: unknown])[];

/** Confirmed at once if it says so, whatever else it says: then by a function if there is one, then by mail. */
function confirmationOf(config: ExportedProvider['config']): Pairs {
  if (config['autoConfirm'] === true) return [['EMAIL_CONFIRMATION', 'automatic']];
  if (config['runConfirmationFunction'] === true) {
    return [
      ['EMAIL_CONFIRMATION', 'function'],
      ['EMAIL_CONFIRMATION_FUNCTION', config['confirmationFunctionName']],
    ];
  }
  return [
    ['EMAIL_CONFIRMATION', 'email'],
    ['EMAIL_CONFIRMATION_URL', config['emailConfirmationUrl']],
  ];
}

/** By mail is what happens anyway where mails can be sent. */
function resetOf(config: ExportedProvider['config']): Pairs {
  if (config['runResetFunction'] !== true)
    return [['PASSWORD_RESET_URL', config['resetPasswordUrl']]];
  return [
    ['PASSWORD_RESET', 'function'],
    ['PASSWORD_RESET_FUNCTION', config['resetFunctionName']],
  ];
}
