/** What users do, and what is done for them: log-ins, sessions, tokens, mails, functions, passwords. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { codeOf } from '../errors.ts';
import type { MailKind, ObserveMail } from '../mail/user-mails.ts';
import type { AuditResult } from '../session/audit/audit-writer.ts';
import type { ObserveCall, TriggerResult } from '../session/operator-functions.ts';
import type { UserEvent } from '../session/user-events.ts';
import { createHistogram, type Observe } from './histogram.ts';

/** Creates what counts them. */
export function createUseCaseMetrics(registry: Registry) {
  return {
    countUserEvent: countEvents(registry),
    ...createAuditMetrics(registry),
    observeMail: observeMails(registry),
    observeCall: observeCalls(registry),
    countTriggerRun: countTriggerRuns(registry),
    ...createTokenMetrics(registry),
    ...createPasswordMetrics(registry),
    ...createSubscriptionMetrics(registry),
  };
}

function countEvents(registry: Registry): (event: UserEvent) => void {
  const registers = [registry];
  const logIns = new Counter({
    name: 'log_ins_total',
    help: 'Log-ins by provider, accepted (each starts a session) or refused; one that the store had no answer for is neither',
    labelNames: ['provider', 'result'],
    registers,
  });
  const ended = new Counter({
    name: 'sessions_ended_total',
    help: 'Sessions that were ended, by reason; those that expire are not noticed',
    labelNames: ['reason'],
    registers,
  });
  const reuses = new Counter({
    name: 'refresh_token_reuses_total',
    help: 'Refresh tokens presented after they were traded or void, each of which ended its session',
    registers,
  });
  return (event) => {
    switch (event.type) {
      case 'LOGGED_IN':
        return logIns.inc({ provider: event.provider, result: 'accepted' });
      case 'LOG_IN_REFUSED':
        return logIns.inc({ provider: event.provider, result: 'refused' });
      case 'TOKEN_REUSED':
        return reuses.inc();
      case 'SESSION_ENDED':
        return ended.inc({ reason: event.reason });
      case 'SESSIONS_ENDED':
        return ended.inc({ reason: event.reason }, event.sessions);
      default:
        return undefined;
    }
  };
}

function createAuditMetrics(registry: Registry) {
  const entries = new Counter({
    name: 'audit_entries_total',
    help: 'Entries of the audit log in the store, written or dropped because too many waited',
    labelNames: ['result'],
    registers: [registry],
  });
  return {
    countAuditEntries: (result: AuditResult, count: number) => entries.inc({ result }, count),
  };
}

function observeMails(registry: Registry): ObserveMail {
  const mails = new Counter({
    name: 'mails_total',
    help: 'Mails by kind, sent (the mail server has taken it) or failed',
    labelNames: ['kind', 'result'],
    registers: [registry],
  });
  return async (kind: MailKind, send) => {
    try {
      await send();
      mails.inc({ kind, result: 'sent' });
    } catch (error) {
      mails.inc({ kind, result: 'failed' });
      throw error;
    }
  };
}

/** In seconds, up to the longest time that FUNCTION_TIMEOUT is as a rule. */
const CALL_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MILLISECONDS_PER_SECOND = 1000;

function observeCalls(registry: Registry): ObserveCall {
  const seriesOf = createHistogram(registry, {
    name: 'function_call_duration_seconds',
    help: 'Time that calls of the operator’s functions take, their wait for a turn included, by function and result: ok or the code of the error',
    bounds: CALL_BOUNDS,
  });
  const known = new Map<string, Observe>();
  const observe = (name: string, result: string, seconds: number) => {
    // A code has no space.
    const key = `${result} ${name}`;
    const series = known.get(key) ?? seriesOf({ function: name, result });
    known.set(key, series);
    series(seconds);
  };
  return async (name, run) => {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / MILLISECONDS_PER_SECOND;
    try {
      const result = await run();
      observe(name, 'ok', seconds());
      return result;
    } catch (error) {
      observe(name, codeOf(error), seconds());
      throw error;
    }
  };
}

function countTriggerRuns(registry: Registry): (trigger: string, result: TriggerResult) => void {
  const runs = new Counter({
    name: 'trigger_runs_total',
    help: 'Runs of authentication triggers by trigger and result: done, failed (tried again), given_up (failed for the last time)',
    labelNames: ['trigger', 'result'],
    registers: [registry],
  });
  return (trigger, result) => runs.inc({ trigger, result });
}

const TOKEN_BOUNDS = [512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 16_384, 32_768, 65_536];

function createTokenMetrics(registry: Registry) {
  const seriesOf = createHistogram(registry, {
    name: 'access_token_bytes',
    help: 'Bytes of the access tokens that were signed',
    bounds: TOKEN_BOUNDS,
  });
  return { observeTokenBytes: seriesOf({}) };
}

function createPasswordMetrics(registry: Registry) {
  let waiting = () => 0;
  new Gauge({
    name: 'password_hashes_waiting',
    help: 'Passwords that wait for their turn to be hashed or checked',
    registers: [registry],
    collect() {
      this.set(waiting());
    },
  });
  return {
    /** Has the length of a queue told when it is asked for. */
    watchPasswordQueue(lengthOf: () => number): void {
      waiting = lengthOf;
    },
  };
}

function createSubscriptionMetrics(registry: Registry) {
  const labelNames = ['transport'] as const;
  const connections = new Gauge({
    name: 'subscription_connections',
    help: 'Open connections for subscriptions, by transport',
    labelNames,
    registers: [registry],
  });
  const words = new Counter({
    name: 'subscription_words_total',
    help: 'Changes of documents that subscribers were told of, by transport',
    labelNames,
    registers: [registry],
  });
  const dropped = new Counter({
    name: 'subscription_connections_dropped_total',
    help: 'Connections for subscriptions that were cut off, by transport and reason: not_read (what was sent), no_answer (to a ping)',
    labelNames: [...labelNames, 'reason'],
    registers: [registry],
  });
  type Transport = 'websocket' | 'sse';
  let subscribed = () => 0;
  new Gauge({
    name: 'subscriptions_open',
    help: 'Subscriptions to changes of documents that are open',
    registers: [registry],
    collect() {
      this.set(subscribed());
    },
  });
  return {
    /** Has the number of open subscriptions told when it is asked for. */
    watchSubscriptions(count: () => number): void {
      subscribed = count;
    },
    changeConnections: (transport: Transport, by: 1 | -1) => connections.inc({ transport }, by),
    countWords: (transport: Transport) => words.inc({ transport }),
    countDropped: (transport: Transport, reason: 'not_read' | 'no_answer') =>
      dropped.inc({ transport, reason }),
  };
}
