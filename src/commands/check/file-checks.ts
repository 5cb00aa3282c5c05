/** Checks of what the environment says and of the files that it names. */
import { type Config, describeUnknownVariable } from '../../config.ts';
import type { FunctionsReport } from '../../session/operator-functions.ts';
import { CannotCheckError, type Check, count, type Finding } from './checks.ts';

const FILE_LIMIT = 10_000;

/** The names of the environment; that the values are usable is known by now. */
export function checkConfiguration({ store, providers, unknownVariables }: Config): Check {
  return {
    name: 'configuration',
    tried: 'read the environment',
    remedy: 'Correct the variables',
    limit: FILE_LIMIT,
    run: async () => {
      const what = `usable: the ${store.kind} store, log-ins by ${providers.join(', ') || 'nobody'}`;
      if (unknownVariables.length === 0) return { status: 'ok', found: what };
      return {
        status: 'warning',
        found: [what, ...unknownVariables.map(describeUnknownVariable)].join('; '),
        remedy: 'Rename these variables, or remove them',
        facts: { unknownVariables },
      };
    },
  };
}

/** The same for an environment that no configuration can be made of. */
export function failConfiguration(problems: readonly string[]): Check {
  return {
    name: 'configuration',
    tried: 'read the environment',
    remedy: 'Correct the variables; nothing else was checked',
    limit: FILE_LIMIT,
    run: async () => ({ status: 'failed', found: problems.join('; '), facts: { problems } }),
  };
}

/** The schema of the documents. */
export function checkSchema(config: Config): Check {
  return {
    name: 'schema',
    tried: 'read the file of CUSTOM_DATA_SCHEMA_FILE',
    remedy: 'Correct the file (docs/schema.md), or unset CUSTOM_DATA_SCHEMA_FILE',
    limit: FILE_LIMIT,
    run: async () => {
      const { loadCustomDataSchema } = await import('../../graphql/typed/schema-file.ts');
      const schema = await loadCustomDataSchema(config);
      if (schema === null) return { status: 'skipped', found: 'none is configured' };
      return { status: 'ok', found: 'a usable schema' };
    },
  };
}

/** The template of the operator's own claims, against the schema. */
export function checkClaims(config: Config): Check {
  return {
    name: 'claims',
    tried: 'read the file of CLAIMS_FILE',
    remedy: 'Correct the file (docs/claims.md), or unset CLAIMS_FILE',
    limit: FILE_LIMIT,
    run: async () => {
      if (config.token.claimsFile === undefined) {
        return { status: 'skipped', found: 'none are configured' };
      }
      const [{ loadCustomDataSchema }, { loadOwnClaims }] = await Promise.all([
        import('../../graphql/typed/schema-file.ts'),
        import('../../custom-data/own-claims/own-claims.ts'),
      ]);
      const schema = await loadCustomDataSchema(config).catch(() => {
        throw new CannotCheckError('the schema cannot be used');
      });
      const own = await loadOwnClaims(config, schema);
      return describeClaims(own?.names ?? [], own?.leaves ?? []);
    },
  };
}

function describeClaims(
  claims: readonly string[],
  leaves: readonly { readonly path: string; readonly isUserWritable: boolean }[],
): Finding {
  const userWritable = leaves.filter((leaf) => leaf.isUserWritable).map(({ path }) => path);
  const paths = count(leaves.length, 'path');
  const open = userWritable.length === 0 ? '' : `; users may write ${userWritable.join(', ')}`;
  return {
    status: 'ok',
    found: `${count(claims.length, 'claim')} of ${paths} of the document${open}`,
    facts: { claims, userWritable },
  };
}

/** The functions of the operator. */
export function checkFunctions(config: Config): Check {
  const { dir } = config.functions;
  return {
    name: 'functions',
    tried: 'load the functions of FUNCTIONS_DIR',
    remedy: 'Correct the functions (docs/functions.md), or the variables that name them',
    limit: FILE_LIMIT,
    run: async () => {
      if (dir === undefined) return { status: 'skipped', found: 'none are configured' };
      const { loadFunctions } = await import('../../optional-parts.ts');
      const { inspectFunctions } = await loadFunctions();
      return describeFunctions(await inspectFunctions(config));
    },
  };
}

function describeFunctions({ functions, problems, withoutEntry }: FunctionsReport): Finding {
  const names = functions.map(({ name }) => name);
  const facts = { functions: names, problems, publicWithoutEntry: withoutEntry };
  const found = count(names.length, 'function');
  const unusable = problems.length === 0 ? [] : [`not usable: ${problems.join('; ')}`];
  const open =
    withoutEntry.length === 0
      ? []
      : [`every user may call those without an entry in config.json: ${withoutEntry.join(', ')}`];
  if (problems.length + withoutEntry.length === 0) {
    return { status: 'ok', found: `${found}, all usable`, facts };
  }
  return {
    status: 'warning',
    found: [found, ...unusable, ...open].join('; '),
    remedy:
      'Correct what is not usable; give each function an entry in functions/config.json, "private": true if clients may not call it',
    facts,
  };
}

const ENDPOINTS_REMEDY =
  'Correct the endpoints (docs/endpoints.md), or disable those that are not needed';

/** The HTTPS endpoints of an exported app, and what they refer to. */
export function checkEndpoints(config: Config): Check {
  const { appServicesExport, functions } = config;
  return {
    name: 'endpoints',
    tried: 'read the HTTPS endpoints of the exported app',
    remedy: ENDPOINTS_REMEDY,
    limit: FILE_LIMIT,
    run: async () => {
      if ((appServicesExport ?? functions.dir) === undefined) {
        return { status: 'skipped', found: 'none are configured' };
      }
      const { loadEndpoints, loadFunctions } = await import('../../optional-parts.ts');
      const part = functions.dir === undefined ? null : await loadFunctions();
      const known = (await part?.inspectFunctions(config))?.functions ?? [];
      const describe = (wanted: string) => known.find(({ name }) => name === wanted);
      const { openEndpoints } = await loadEndpoints(config);
      return describeEndpoints(await openEndpoints(config, { describe }));
    },
  };
}

function describeEndpoints({
  names,
  problems,
}: {
  readonly names: readonly string[];
  readonly problems: readonly string[];
}): Finding {
  if (names.length + problems.length === 0) return { status: 'skipped', found: 'the app has none' };
  const facts = { endpoints: names, problems };
  const found = count(names.length, 'endpoint');
  if (problems.length === 0) return { status: 'ok', found: `${found}, all usable`, facts };
  return {
    status: 'warning',
    found: `${found}; not served: ${problems.join('; ')}`,
    remedy: ENDPOINTS_REMEDY,
    facts,
  };
}
