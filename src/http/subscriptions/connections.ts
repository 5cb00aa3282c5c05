/** The connections that carry words of changes: their heartbeats, and their end when the server stops. */

/** A connection. */
export interface Connection {
  /** Sends a sign of life, and ends the connection if its client has not read or answered the one before. */
  readonly beat: () => void;
  /** Ends it so that its client connects anew, to somebody else. */
  readonly goAway: () => void;
}

/** The connections. */
export type Connections = ReturnType<typeof createConnections>;

/** How often signs of life are sent, in milliseconds: proxies cut off what is silent for 30 or 60 seconds. */
const BEAT_MILLISECONDS = 15_000;

/** Creates the connections; there are none. One timer beats for all of them, while there are any. */
export function createConnections(beatMilliseconds: number = BEAT_MILLISECONDS) {
  const all = new Set<Connection>();
  let timer: NodeJS.Timeout | undefined;
  let isLeaving = false;

  function beat(): void {
    for (const connection of [...all]) connection.beat();
  }

  return {
    /** How many there are. */
    count: () => all.size,
    add(connection: Connection): void {
      all.add(connection);
      timer ??= setInterval(beat, beatMilliseconds).unref();
      if (isLeaving) connection.goAway();
    },
    remove(connection: Connection): void {
      all.delete(connection);
      if (all.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
    /** Ends all that there are, and all that still come. */
    goAway(): void {
      isLeaving = true;
      for (const connection of [...all]) connection.goAway();
    },
  };
}
