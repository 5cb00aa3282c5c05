/** Work that goes on beside requests, again and again. */

/** Creates work that is repeated; `work` does not fail. Of one that runs there is never a second at the same time. */
export function createRepeated(work: () => Promise<void>, milliseconds: number) {
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** Works now, or waits for what runs. */
  function run(): Promise<void> {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    run,
    /** Works every so many milliseconds from now on, without keeping the process alive. */
    start() {
      timer ??= setInterval(() => void run(), milliseconds).unref();
    },
    /** Begins no more by itself; resolves when what runs has ended. */
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
