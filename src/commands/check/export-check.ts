/** The check of an exported app: what the start would take of it. */
import { compareWith } from '../../config/app-export/describe-export.ts';
import type { ExportedApp } from '../../config/app-export/exported-app.ts';
import { type Check, count } from './checks.ts';

/** What is compared. */
export interface CheckedExport {
  /** `null`: there is none. */
  readonly exported: ExportedApp | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const LIMIT = 1000;

/** What is taken, what is set otherwise and what is not carried over. That it can be read is known by now. */
export function checkExport({ exported, env }: CheckedExport): Check {
  return {
    name: 'export',
    tried: 'read the app of APP_SERVICES_EXPORT or FUNCTIONS_DIR',
    remedy: 'Correct the files of the app, or unset APP_SERVICES_EXPORT',
    limit: LIMIT,
    run: async () => {
      if (exported === null) return { status: 'skipped', found: 'none is configured' };
      const { taken, overruled } = compareWith(exported, env);
      const notCarriedOver = exported.leftBehind.map(({ what }) => what);
      const found = [
        `defaults of ${count(taken.length, 'variable')}`,
        `set otherwise: ${overruled.map(({ variable }) => variable).join(', ') || 'none'}`,
        `not carried over: ${notCarriedOver.join(', ') || 'nothing'}`,
      ].join('; ');
      return { status: 'ok', found, facts: { taken, overruled, notCarriedOver } };
    },
  };
}
