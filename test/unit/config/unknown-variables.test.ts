import { describe, expect, test } from '@jest/globals';
import { findUnknownVariables } from '../../../src/config/unknown-variables.ts';
import { CONFIG_VARIABLES, parseConfig } from '../../../src/config.ts';

const find = (...names: string[]) =>
  findUnknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])));

describe('a variable that is not ours is named with the one that is meant', () => {
  test.each([
    // cspell:ignore COLECTION
    // One letter or two are missing, too many, others or swapped.
    ['CUSTOM_DATA_SCHEMAFILE', 'CUSTOM_DATA_SCHEMA_FILE'],
    ['CUSTOM_DATA_COLECTION', 'CUSTOM_DATA_COLLECTION'],
    ['CUSTOM_DATE_COLECTION', 'CUSTOM_DATA_COLLECTION'],
    ['MONGODB_URL', 'MONGODB_URI'],
    ['MONGO_URI', 'MONGODB_URI'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['EMAIL_FORM', 'EMAIL_FROM'],
    ['SMTP_URI', 'SMTP_URL'],
    ['DATADIR', 'DATA_DIR'],
    ['ACCESS_TOKENS_TTL', 'ACCESS_TOKEN_TTL'],
    ['TRUSTED_PROXY', 'TRUST_PROXY'],
    // Another case: names are told apart by it.
    ['custom_data_schema_file', 'CUSTOM_DATA_SCHEMA_FILE'],
    ['Port', 'PORT'],
    // One of our prefixes, and further away.
    ['CUSTOM_DATA_SCHEMA', 'CUSTOM_DATA_SCHEMA_FILE'],
    ['FUNCTIONS_MEMORY', 'FUNCTION_MEMORY_MB'],
    ['FUNCTION_DIR', 'FUNCTIONS_DIR'],
  ])('%s: %s', (variable, suggestion) => {
    expect(find(variable)).toEqual([{ variable, suggestion }]);
  });

  test('one of our prefixes with a name like none of ours is named without a suggestion', () => {
    const variable = 'CUSTOM_DATA_XYZ_WHATEVER_THAT_MAY_BE';
    expect(find(variable)).toEqual([{ variable, suggestion: null }]);
  });
});

describe('nobody is warned of', () => {
  test('the variables of the gateway', () => {
    expect(find(...CONFIG_VARIABLES.map(({ name }) => name))).toEqual([]);
  });

  test('a variable that is empty, which counts as unset', () => {
    expect(findUnknownVariables({ MONGODB_URL: '', LOGLEVEL: undefined })).toEqual([]);
  });

  test('short names that resemble ours by their shortness', () => {
    expect(find('POST', 'HOME', 'HOSTS', 'PORTS', 'SORT', 'HOSTNAME', 'HOSTTYPE')).toEqual([]);
  });

  test('what shells, containers, CI and other tools set', () => {
    const names = `PATH HOME USER LOGNAME SHELL SHLVL TERM LANG LC_ALL PWD OLDPWD MAIL TZ TMPDIR EDITOR PAGER
      DISPLAY HOSTNAME HISTFILE HISTSIZE LS_COLORS SSH_AUTH_SOCK XDG_DATA_DIRS XDG_RUNTIME_DIR NODE_ENV NODE_OPTIONS
      NODE_VERSION NODE_EXTRA_CA_CERTS npm_config_cache npm_lifecycle_event INIT_CWD CI GITHUB_ACTIONS RUNNER_OS
      KUBERNETES_PORT KUBERNETES_SERVICE_HOST AWS_REGION AWS_ACCESS_KEY_ID GOOGLE_APPLICATION_CREDENTIALS
      HTTP_PROXY https_proxy NO_PROXY DATABASE_URL REDIS_URL APP_ENV APP_KEY APP_DIR APPDATA LOCALAPPDATA
      PROCESSOR_LEVEL PGDATA DYNO PUBLIC_KEY OTEL_SERVICE_NAME OTEL_EXPORTER_OTLP_ENDPOINT`;
    expect(find(...names.split(/\s+/))).toEqual([]);
  });

  test('what platforms set under our prefixes', () => {
    expect(
      find(
        // https://learn.microsoft.com/azure/azure-functions/functions-app-settings
        'FUNCTIONS_WORKER_RUNTIME',
        'FUNCTIONS_EXTENSION_VERSION',
        // https://cloud.google.com/functions/docs/configuring/env-var
        'FUNCTION_TARGET',
        'FUNCTION_SIGNATURE_TYPE',
        'FUNCTION_NAME',
        'FUNCTION_REGION',
        'FUNCTION_TIMEOUT_SEC',
        'FUNCTION_IDENTITY',
        // https://kubernetes.io/docs/concepts/services-networking/service: a service "functions"
        'FUNCTIONS_SERVICE_HOST',
        'FUNCTIONS_SERVICE_PORT',
        'FUNCTIONS_SERVICE_PORT_HTTP',
        'FUNCTIONS_PORT',
        'FUNCTIONS_PORT_80_TCP',
        'FUNCTIONS_PORT_80_TCP_PROTO',
        'FUNCTIONS_PORT_80_TCP_PORT',
        'FUNCTIONS_PORT_80_TCP_ADDR',
        'CUSTOM_DATA_SERVICE_HOST',
      ),
    ).toEqual([]);
  });
});

test('a name of any length is told apart in no time', () => {
  const long = `CUSTOM_DATA_${'X'.repeat(100_000)}`;
  const begin = performance.now();
  const [found] = find(long, 'Y'.repeat(100_000));
  expect(performance.now() - begin).toBeLessThan(100);
  expect(found?.suggestion).toBeNull();
  expect(found?.variable.length).toBeLessThanOrEqual(100);
});

describe('the configuration', () => {
  test('lists them', () => {
    const result = parseConfig({ CUSTOM_DATA_SCHEMAFILE: '/schema.json' });
    expect(result).toMatchObject({
      type: 'ok',
      config: {
        unknownVariables: [
          { variable: 'CUSTOM_DATA_SCHEMAFILE', suggestion: 'CUSTOM_DATA_SCHEMA_FILE' },
        ],
      },
    });
  });

  test('names them beside problems, which may come of them', () => {
    const result = parseConfig({ PROVIDERS: 'google', GOOGLE_CLIENT_ID: 'secret' });
    expect(result).toEqual({
      type: 'error',
      problems: [
        'PROVIDERS names google, which needs GOOGLE_CLIENT_IDS',
        'GOOGLE_CLIENT_ID is not a variable of the gateway; GOOGLE_CLIENT_IDS is',
      ],
    });
  });
});
