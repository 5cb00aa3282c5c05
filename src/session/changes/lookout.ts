/** Looks again and again at what the store has, as far as something in it may have changed. */
import type { Log } from '../../log.ts';
import { createRepeated } from '../../repeated.ts';

/** Something that is looked at. */
export interface LookedAt {
  /** 2: with every second look. */
  readonly every: number;
  readonly run: () => Promise<void>;
}

/** What looking takes. */
export interface LookoutParts {
  readonly all: readonly LookedAt[];
  /** Whether there is anybody to look for. */
  readonly isNeeded: () => boolean;
  /** Done each time, whether the store answers or not. */
  readonly first: () => void;
  /** Another value after each change of the store; `null`: it does not tell. */
  readonly changeMark: () => number | null;
  /** Another value if what was found before has to be found again. */
  readonly failures: () => number;
  readonly log: Pick<Log, 'warn' | 'info'>;
}

/** How often it is looked, in milliseconds. */
const LOOK_MILLISECONDS = 1000;

/** Creates what looks once a second; not started. A look that fails is logged, and the next one finds what it missed. */
export function createLookout({ all, changeMark, failures, first, isNeeded, log }: LookoutParts) {
  const known = new Map<LookedAt, { readonly mark: number | null; readonly failures: number }>();
  let looks = 0;
  let isFailing = false;

  async function lookAtAll(): Promise<void> {
    looks += 1;
    for (const each of all.filter(({ every }) => looks % every === 0)) {
      // Asked before: what changes meanwhile is looked at again.
      const before = { mark: changeMark(), failures: failures() };
      const last = known.get(each);
      const isSame = last?.mark === before.mark && last.failures === before.failures;
      if (isSame && before.mark !== null) continue;
      known.delete(each);
      await each.run();
      known.set(each, before);
    }
  }

  return createRepeated(async () => {
    first();
    if (!isNeeded()) return;
    try {
      await lookAtAll();
      if (isFailing) log.info('changes of documents are told again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'changes of documents cannot be told');
      isFailing = true;
    }
  }, LOOK_MILLISECONDS);
}
