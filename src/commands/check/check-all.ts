/** All checks that there are, in the order in which the start needs what they look at. */
import type { Config } from '../../config.ts';
import { createLog } from '../../log.ts';
import { customDataCollections, openForInspection } from '../../open-store.ts';
import { AUDIT_COLLECTION } from '../../session/audit/audit-entries.ts';
import { USER_COLLECTIONS } from '../../session/open-users.ts';
import { TRIGGER_EVENTS_COLLECTION } from '../../session/operator-functions.ts';
import { type CheckResult, runChecks, within } from './checks.ts';
import { type CheckedExport, checkExport } from './export-check.ts';
import {
  checkClaims,
  checkConfiguration,
  checkEndpoints,
  checkFunctions,
  checkSchema,
  failConfiguration,
} from './file-checks.ts';
import { checkIssuers, checkMail } from './outside-checks.ts';
import { checkIndexes, checkKeys, checkStore, type OpenedStore } from './store-checks.ts';

const OPEN_LIMIT = 6000;
const CLOSE_LIMIT = 3000;

/** Makes every check of a usable configuration, whose defaults an exported app may have given. */
export async function checkAll(config: Config, app: CheckedExport): Promise<CheckResult[]> {
  const opening = within(OPEN_LIMIT, open(config));
  const opened = () => opening;
  const audit = config.audit.kept === 'store' ? [AUDIT_COLLECTION] : [];
  const triggers = config.functions.triggers.length > 0 ? [TRIGGER_EVENTS_COLLECTION] : [];
  const own = [...USER_COLLECTIONS, ...audit, ...triggers];
  const definitions = [...own, ...customDataCollections(config)];
  const results = await runChecks([
    checkConfiguration(config),
    checkExport(app),
    checkSchema(config),
    checkClaims(config),
    checkStore(config, opened),
    checkIndexes(definitions, opened),
    checkKeys(config, opened),
    checkIssuers(config),
    checkMail(config),
    checkFunctions(config),
    checkEndpoints(config),
  ]);
  // Whatever becomes of the connection, everything has been said.
  await within(
    CLOSE_LIMIT,
    opening.then(({ store }) => store?.close()),
  ).catch(() => undefined);
  return results;
}

/** Says what is wrong with the environment; nothing else can be checked then. */
export function checkNothing(problems: readonly string[]): Promise<CheckResult[]> {
  return runChecks([failConfiguration(problems)]);
}

async function open(config: Config): Promise<OpenedStore> {
  const warnings: string[] = [];
  const log = createLog('warn', {
    write: (line: string) => warnings.push(String(JSON.parse(line).msg)),
  });
  return { store: await openForInspection(config, { log, now: Date.now }), warnings };
}
