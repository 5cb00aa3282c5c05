/** What a test file needs to run on MongoDB: the URI, a suite that is skipped without, names. */
import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';

/** URI of the MongoDB of this run, or `undefined` if there is none. */
function mongoTestUri(): string | undefined {
  return process.env.MONGODB_TEST_URI || undefined;
}

/**
 * Declares a suite that needs MongoDB. Without one the suite is reported as skipped, and `body` runs
 * only for the names of its tests.
 */
export function describeOnMongo(name: string, body: (uri: string) => void): void {
  const uri = mongoTestUri();
  const declare = uri === undefined ? describe.skip : describe;
  declare(name, () => body(uri ?? ''));
}

/** As `describeOnMongo`, on FerretDB. It lacks much: see `docs/databases.md`. */
export function describeOnFerret(name: string, body: (uri: string) => void): void {
  const uri = process.env.MONGODB_TEST_FERRETDB_URI || undefined;
  const declare = uri === undefined ? describe.skip : describe;
  declare(name, () => body(uri ?? ''));
}

/** A database name that nothing else uses; it contains `label`. */
export function uniqueDatabaseName(label: string): string {
  return `test-${label}-${randomBytes(6).toString('hex')}`;
}

/** `uri` with `database` as its path. Works for lists of hosts, which `URL` does not parse. */
export function withDatabase(uri: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri);
  if (match === null) throw new Error('The URI of the test database is malformed');
  const [, hosts = '', options = ''] = match;
  return `${hosts}/${database}${options}`;
}

/**
 * What mongo-java-server cannot store (it hangs up or changes the subtype) or compare in `$expr`
 * (patterns, code, empty arrays). Real servers can; the embedded store is tested with all of it.
 */
const NOT_ON_JAVA_SERVER = /"\$symbol"|"\$code"|"\$regularExpression"|"subType":"(?!00|03|04)|\[\]/;

/** Whether the MongoDB of this run can hold and compare a canonical document. */
export function canTestServerHold(json: unknown): boolean {
  if (process.env.MONGODB_TEST_KIND !== 'java') return true;
  return !NOT_ON_JAVA_SERVER.test(JSON.stringify(json));
}
