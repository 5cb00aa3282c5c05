/**
 * The parts that the gateway does without: each is a folder, a line here, and loaded when it is used. The core
 * compiles and passes its tests without the folder and the line; `scripts/without.mjs` tries it.
 */
import type { RealmPart } from './http/http-server.ts';
import type { FunctionsPart } from './session/operator-functions.ts';

interface OptionalParts {
  readonly functions?: () => Promise<FunctionsPart>;
  readonly realm?: () => Promise<RealmPart>;
}

const PARTS: OptionalParts = {
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
  return (await PARTS.realm?.()) ?? { useRealmApi: async () => undefined };
}
