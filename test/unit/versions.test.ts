import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createVersions } from '../../src/versions.ts';

/** A promise that a test settles. */
function createGate() {
  const gate = new EventEmitter();
  const opened = once(gate, 'open');
  return { opened, open: () => gate.emit('open') };
}

describe('versions', () => {
  test('a request keeps the version it started with, the next one gets the latest', async () => {
    const versions = createVersions('old');
    const gate = createGate();
    const seen: string[] = [];
    const running = versions.run(async () => {
      seen.push(versions.current());
      await gate.opened;
      seen.push(versions.current());
    });
    void versions.replace('new');
    expect(versions.current()).toBe('new');
    expect(versions.run(() => versions.current())).toBe('new');
    gate.open();
    await running;
    expect(seen).toEqual(['old', 'old']);
  });

  test('what a request leaves behind sees the latest version once the request is over', async () => {
    const versions = createVersions('old');
    const gate = createGate();
    const { left } = await versions.run(async () => ({
      left: gate.opened.then(() => versions.current()),
    }));
    void versions.replace('new');
    gate.open();
    expect(await left).toBe('new');
  });

  test('a version that nothing holds is released at once', async () => {
    const versions = createVersions('old');
    versions.run(() => undefined);
    expect(await versions.replace('new')).toBe('old');
  });

  test.each([
    ['returns', () => Promise.resolve()],
    ['fails', () => Promise.reject(new Error('meant to fail'))],
  ])('a version is released when the last request that holds it %s', async (_name, finish) => {
    const versions = createVersions('old');
    const gates = [createGate(), createGate()];
    const requests = gates.map((gate) =>
      versions.run(async () => {
        await gate.opened;
        await finish();
      }),
    );
    let released: string | undefined;
    const replaced = versions.replace('new').then((value) => {
      released = value;
    });
    gates[0]?.open();
    await Promise.allSettled([requests[0]]);
    expect(released).toBeUndefined();
    gates[1]?.open();
    await Promise.allSettled([requests[1]]);
    await replaced;
    expect(released).toBe('old');
  });

  test('a request that throws at once holds nothing', async () => {
    const versions = createVersions('old');
    const fail = () =>
      versions.run(() => {
        throw new Error('meant to fail');
      });
    expect(fail).toThrow('meant to fail');
    expect(await versions.replace('new')).toBe('old');
  });

  test('however requests and replacements interleave, each request sees one version', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { maxLength: 20 }),
        async (s, plan) => {
          const versions = createVersions(0);
          let latest = 0;
          const released: Promise<number>[] = [];
          const request = async () => {
            const expected = latest;
            for (let step = 0; step < 3; step += 1) {
              expect(versions.current()).toBe(expected);
              await s.schedule(Promise.resolve());
            }
          };
          const tasks = plan.map(async (isRequest) => {
            await s.schedule(Promise.resolve());
            if (isRequest) return versions.run(request);
            latest += 1;
            released.push(versions.replace(latest));
          });
          await s.waitFor(Promise.all(tasks));
          expect(await Promise.all(released)).toEqual([...Array(latest).keys()]);
        },
      ),
    );
  });
});
