/** Work of which there is never a second at the same time, and such that goes on beside requests. */

/** Creates work that whoever asks for it while it runs shares. */
export function createShared<Result>(work: () => Promise<Result>) {
  let running: Promise<Result> | undefined;
  return {
    /** Works now, or waits for what runs. */
    run(): Promise<Result> {
      running ??= work().finally(() => {
        running = undefined;
      });
      return running;
    },
    /** What runs; `undefined`: nothing does. */
    running: () => running,
  };
}

/** Creates shared work that is repeated; `work` does not fail. */
export function createRepeated(work: () => Promise<void>, milliseconds: number) {
  const { run, running } = createShared(work);
  let timer: NodeJS.Timeout | undefined;
  return {
    run,
    /** Works every so many milliseconds from now on, without keeping the process alive. */
    start() {
      timer ??= setInterval(() => void run(), milliseconds).unref();
    },
    /** Begins no more by itself; resolves when what runs has ended. */
    async stop() {
      clearInterval(timer);
      await running();
    },
  };
}
