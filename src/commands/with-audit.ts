/** The audit log of what a command does. */
import type { Config } from '../config.ts';
import { createLog } from '../log.ts';
import { openUserLog } from '../open-store.ts';
import { openAudit } from '../session/audit/open-audit.ts';
import { createTellEvent, type OnUserEvent, type TellEvent } from '../session/user-events.ts';
import type { CommandLine } from './command-line.ts';
import type { OpenedStore } from './with-store.ts';

/** What a command tells of what it does. */
export interface OperatorAudit {
  readonly onUserEvent: OnUserEvent;
  /** Tells an act of the operator's. */
  readonly tell: TellEvent;
}

/** Runs what a command does, and writes what it tells as `AUDIT_LOG` says; lines of the log go to standard error. */
export async function withAudit(
  line: Pick<CommandLine, 'writeError'>,
  config: Config,
  opened: OpenedStore,
  run: (audit: OperatorAudit) => Promise<void>,
): Promise<void> {
  const { now, store } = opened;
  const log = await openUserLog(config, createLog('info', { write: line.writeError }), store);
  const audit = await openAudit({ config, store, log });
  const { onUserEvent } = audit;
  try {
    await run({ onUserEvent, tell: createTellEvent({ actor: 'OPERATOR', now, onUserEvent }) });
  } finally {
    await audit.close();
  }
}
