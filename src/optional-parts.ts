/**
 * The parts that the gateway does without: each is a folder, a line here, and loaded when it is used. The core
 * compiles and passes its tests without the folder and the line; `scripts/without.mjs` tries it.
 */
import type { Config } from './config.ts';
import type { EndpointsPart, RealmPart } from './http/http-server.ts';
import type { FunctionsPart } from './session/operator-functions.ts';

interface OptionalParts {
  readonly endpoints?: () => Promise<EndpointsPart>;
  readonly functions?: () => Promise<FunctionsPart>;
  readonly realm?: () => Promise<RealmPart>;
}

const PARTS: OptionalParts = {
  endpoints: () => import('./endpoints/open-endpoints.ts'),
  functions: () => import('./functions/open-functions.ts'),
  realm: () => import('./realm/realm-api.ts'),
};

/** Loads what runs the operator's functions. */
export async function loadFunctions(): Promise<FunctionsPart> {
  const { functions } = PARTS;
  if (functions === undefined)
    throw new Error('FUNCTIONS_DIR is set, but nothing here runs functions');
  return functions();
}

/** Loads the App Services client protocol; without its folder there is none. */
export async function loadRealm(): Promise<RealmPart> {
  const none = { useRealmApi: async () => undefined, useProtocolErrors: () => undefined };
  return (await PARTS.realm?.()) ?? none;
}

/**
 * Loads what serves the HTTPS endpoints of an exported app. Without its folder, or without an app that may have some, there
 * are none.
 */
export async function loadEndpoints({
  appServicesExport,
  functions,
}: Pick<Config, 'appServicesExport' | 'functions'>): Promise<EndpointsPart> {
  const none = { names: [], problems: [], use: async () => undefined };
  const part = { openEndpoints: async () => none };
  if ((appServicesExport ?? functions.dir) === undefined) return part;
  return (await PARTS.endpoints?.()) ?? part;
}
