/** Environment variables that are probably meant for the gateway, under a name that it does not know. */
import { distance } from 'fastest-levenshtein';
import { VARIABLES } from './variables.ts';

/** A variable that the gateway does not know. */
export interface UnknownVariable {
  readonly variable: string;
  /** The one that is probably meant; `null` if none is like it. */
  readonly suggestion: string | null;
}

const KNOWN = Object.keys(VARIABLES);
const PREFIXES = ['CUSTOM_DATA_', 'FUNCTION_', 'FUNCTIONS_'] as const;
/** More than twice as long as the longest of ours. */
const MAX_LENGTH = 64;

/** Set by Azure Functions and by Google's. */
const FUNCTION_PLATFORMS =
  /^FUNCTION(?:S_(?:WORKER_\w+|EXTENSION_VERSION|HTTPWORKER_PORT)|_(?:TARGET|SIGNATURE_TYPE|NAME|REGION|IDENTITY|TRIGGER_TYPE|TIMEOUT_SEC))$/;
/** Where a service is, as Kubernetes and Docker tell every container: what follows the name of the service. */
const SERVICE_ADDRESS =
  /^(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/**
 * Finds set variables whose names are within two letters of one of ours, or have one of our prefixes, and
 * are not ours. The shorter a name, the more of its like have nothing to do with it: names of fewer than
 * nine letters may differ by one, those of fewer than six in upper and lower case only.
 */
export function findUnknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): UnknownVariable[] {
  return Object.entries(env)
    .filter(
      ([name, value]) => value !== undefined && value !== '' && !Object.hasOwn(VARIABLES, name),
    )
    .flatMap(([name]) => describe(name));
}

/** One line about it. */
export function describeUnknownVariable({ variable, suggestion }: UnknownVariable): string {
  const hint = suggestion === null ? '' : `; ${suggestion} is`;
  return `${variable} is not a variable of the gateway${hint}`;
}

function describe(name: string): UnknownVariable[] {
  const upper = name.slice(0, MAX_LENGTH).toUpperCase();
  const isPrefixed = PREFIXES.some((prefix) => upper.startsWith(prefix));
  if (name.length > MAX_LENGTH) {
    return isPrefixed ? [{ variable: `${name.slice(0, MAX_LENGTH)}…`, suggestion: null }] : [];
  }
  if (isOfPlatform(upper)) return [];
  const nearest = findNearest(upper);
  if (nearest.letters <= allowedLetters(nearest.name)) {
    return [{ variable: name, suggestion: nearest.name }];
  }
  if (!isPrefixed) return [];
  const isLike = nearest.letters <= upper.length / 2;
  return [{ variable: name, suggestion: isLike ? nearest.name : null }];
}

function isOfPlatform(name: string): boolean {
  const [, ...words] = name.split('_');
  return (
    FUNCTION_PLATFORMS.test(name) ||
    words.some((_word, first) => SERVICE_ADDRESS.test(words.slice(first).join('_')))
  );
}

/** The name of ours that is most like it, and by how many letters they differ. */
function findNearest(name: string) {
  const all = KNOWN.map((known) => ({ name: known, letters: distance(name, known) }));
  return all.reduce((best, each) => (each.letters < best.letters ? each : best));
}

function allowedLetters({ length }: string): number {
  if (length < 6) return 0;
  return length < 9 ? 1 : 2;
}
