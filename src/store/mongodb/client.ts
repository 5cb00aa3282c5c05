/** The driver's client: its limits, and what is logged and counted of it. */
import { type CommandStartedEvent, MongoClient, type TopologyDescription } from 'mongodb';
import type { Log } from '../../log.ts';
import type { OperationListener } from '../port.ts';

/** Name under which the database's own logs show the gateway. */
const APP_NAME = 'custom-user-data-gateway';

/**
 * Share of an operation's time that each of its parts may take. Half leaves time for the driver's
 * second attempt after a lost connection.
 */
const PART = 0.5;

/**
 * The pool of connections to each server; docs/databases.md has the reasons. What the URI says goes before it.
 *
 * A process with one thread keeps no more of them busy than it sends commands a second, times the seconds that one takes.
 */
const POOL = {
  maxPoolSize: 50,
  /** Less than what firewalls and balancers of the clouds silently end. */
  maxIdleTimeMS: 120_000,
} as const;

/**
 * How often the driver asks whether the server is there. It asks again at once when a connection is lost, and if the
 * socket of its own question is just being closed, version 7.9 waits for ever for it to take the bytes
 * (`writeCommand` waits for `drain`, which a destroyed socket does not emit): the gateway would never find the server
 * again. With a least pause above the usual one it never asks at once, but a moment later, when that socket is closed.
 */
const MONITORING = { heartbeatFrequencyMS: 500, minHeartbeatFrequencyMS: 750 } as const;

/**
 * Creates a client that is not yet connected.
 *
 * @throws Error if the URI is malformed or names an unknown option; it never quotes the URI.
 */
export function createClient(uri: string, timeoutMs: number, isMonitored: boolean): MongoClient {
  const part = Math.ceil(timeoutMs * PART);
  try {
    return new MongoClient(uri, {
      appName: APP_NAME,
      serverSelectionTimeoutMS: part,
      connectTimeoutMS: part,
      ...unlessGiven(uri, { ...POOL, ...MONITORING, waitQueueTimeoutMS: part }),
      readPreference: 'primary',
      readConcern: { level: 'majority' },
      writeConcern: { w: 'majority', wtimeoutMS: timeoutMs },
      monitorCommands: isMonitored,
    });
  } catch (error) {
    const reason = error instanceof Error ? describeFault(uri, error.message) : '';
    throw new Error(`The MongoDB URI cannot be used${reason}`);
  }
}

/** The options that the URI does not name: the driver would go by what it is given beside the URI. */
function unlessGiven(
  uri: string,
  options: Readonly<Record<string, number>>,
): Record<string, number> {
  const query = uri.slice(uri.indexOf('?') + 1).toLowerCase();
  const given = new URLSearchParams(query);
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => !given.has(name.toLowerCase())),
  );
}

/** The driver's reason, unless the URI has credentials that it might quote. */
function describeFault(uri: string, reason: string): string {
  return uri.includes('@') ? '' : `: ${reason}`;
}

/** Calls `listener` for every command that concerns a collection. */
export function reportOperations(client: MongoClient, listener: OperationListener): void {
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    const named: unknown = commandName === 'getMore' ? command.collection : command[commandName];
    if (typeof named === 'string') listener({ name: commandName, collection: named });
  });
}

/** Logs when the database goes away and when it is back. */
export function logReachability(client: MongoClient, log: Log): void {
  let wasReachable = false;
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    const isReachable = hasWritableServer(newDescription);
    if (isReachable === wasReachable) return;
    wasReachable = isReachable;
    if (isReachable) log.info('The database can be reached');
    else log.warn('The database cannot be reached');
  });
}

function hasWritableServer(description: TopologyDescription): boolean {
  return [...description.servers.values()].some((server) => server.isWritable);
}
