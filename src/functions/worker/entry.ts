/** The process in which functions run: its edge, which talks to the gateway. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

import { collectAlone } from '../../garbage.ts';
import { packageFile } from '../../package-files.ts';
import { KILLS_ITSELF, type MessageToProcess, type SetupMessage } from '../messages.ts';
import type { MessageFromProcess } from '../process-messages.ts';
import { createCallRunner } from './call-runner.ts';
import { NODE_GLOBALS } from './guest.ts';
import { createHostChannel, MAX_LINE_LENGTH } from './host-link.ts';
import { sayAtLast } from './say-at-last.ts';
import { watchSharedState } from './shared-state.ts';

const BYTES_PER_MEBIBYTE = 1024 * 1024;
/** A process that holds on to more than this part of its memory after a call is not used again. */
const REUSABLE_PART = 0.5;

const send = (message: MessageFromProcess) => {
  process.send?.(message, undefined, undefined, () => undefined);
};
const channel = createHostChannel(send);
const shared = watchSharedState(process, Object.values(NODE_GLOBALS));
let runner: ReturnType<typeof createCallRunner> | undefined;
let memoryMb = 0;
/** What the process held before its first call, in bytes. */
let baseline = 0;

collectAlone();
process.on('message', (message: MessageToProcess) => {
  if (message.type === 'setup') setUp(message);
  else if (message.type === 'call') void run(message.name, message.payload);
  else channel.settle(message);
});
// What a function leaves behind may fail at any time: it must not take the next call with it.
process.on('uncaughtException', reportUnhandled);
process.on('unhandledRejection', reportUnhandled);
// The gateway cannot tell such a signal from the system's own, which ends whoever uses up the machine's memory.
const { kill } = process;
process.kill = (pid, signal) => {
  if (pid === process.pid || pid <= 0) sayAtLast(KILLS_ITSELF);
  return kill.call(process, pid, signal);
};
// The gateway decides when to stop: a signal to the process group is meant for it.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit());

function setUp(setup: SetupMessage): void {
  memoryMb = setup.memoryMb;
  runner = createCallRunner(setup, channel, shared.guard);
  runner.warmUp();
  baseline = heldBytes();
  // What Node.js loads when it is first used is there now.
  shared.renew();
  const parentId = process.ppid;
  new Worker(packageFile('dist/function-watchdog.js'), { workerData: { memoryMb, parentId } });
}

async function run(name: string, payload: Uint8Array): Promise<void> {
  if (runner === undefined) throw new Error('A call came before the setup');
  send({ type: 'started' });
  await runner.run(name, payload, {
    ended: send,
    draining: (underWay) => send({ type: 'draining', underWay }),
  });
  // Microtasks that go on for ever keep this from happening, and then the gateway ends the process.
  setImmediate(() => send({ type: 'idle', isReusable: isReusable() }));
}

/** Whether the next call finds what the first one found: everything shared as it was, and enough memory. */
function isReusable(): boolean {
  if (shared.isTouched()) return false;
  const most = baseline + memoryMb * BYTES_PER_MEBIBYTE * REUSABLE_PART;
  if (heldBytes() <= most) return true;
  collectGarbage();
  return heldBytes() <= most;
}

function heldBytes(): number {
  const { external, heapUsed } = process.memoryUsage();
  return heapUsed + external;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function reportUnhandled(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  send({ type: 'log', level: 'warn', text: `nobody handled: ${text}`.slice(0, MAX_LINE_LENGTH) });
}
