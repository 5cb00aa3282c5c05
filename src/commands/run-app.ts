/** One gateway in one process: the only one, or a worker of several. */
import type { App, AppOverrides } from '../app.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { type CommandLine, describeError } from './command-line.ts';

/** What running takes. */
export interface RunAppParts {
  readonly line: CommandLine;
  readonly config: Config;
  /** Made once what they need is loaded. */
  readonly openOverrides: () => Promise<AppOverrides & { readonly log: Log }>;
  /** The signal that asks for another start; `log` is there once the app is loaded. */
  readonly onHangUp: (log: Log) => void;
  readonly onListening: (url: string) => void;
  /** Told why it does not start, unless it was stopped meanwhile. */
  readonly onFailure: (error: unknown) => void;
}

/** A process that runs a gateway. */
export interface RunningApp {
  /** Stops the gateway and ends the process, as SIGTERM and SIGINT do. */
  readonly stop: () => void;
  /** The same, but new connections are left to other processes at once. */
  readonly leave: () => void;
}

/** Starts a gateway, which runs until a signal stops it. */
export function runApp({ config, line, openOverrides, ...listeners }: RunAppParts): RunningApp {
  // Loaded only now, so that `--help` and a wrong configuration answer at once.
  const loading = Promise.all([import('../app.ts'), openOverrides()]).then(
    ([{ createApp }, overrides]) => ({ app: createApp(config, overrides), log: overrides.log }),
  );
  let isStopping = false;
  const end = (how: (app: App) => Promise<void>) => {
    isStopping = true;
    loading
      .then(({ app }) => how(app))
      .then(
        () => line.exit(),
        (error: unknown) => line.fail([describeError(error)]),
      );
  };
  const stop = () => end((app) => app.stop());
  // Unheard, the signal would end the process.
  line.onSignal('SIGHUP', () => void loading.then(({ log }) => listeners.onHangUp(log)));
  line.onSignal('SIGTERM', stop);
  line.onSignal('SIGINT', stop);
  void loading
    .then(async ({ app }) => {
      await app.start();
      listeners.onListening(app.url());
    })
    .catch((error: unknown) => {
      // Whoever stops it hears of that, not of a start that was cut off.
      if (!isStopping) listeners.onFailure(error);
    });
  return { stop, leave: () => end((app) => app.leave()) };
}
