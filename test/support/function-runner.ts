/** Runs functions in this process, with the gateway's side in the hands of the test. */
import { deserialize, serialize } from '../../src/bson.ts';
import type { SetupMessage } from '../../src/functions/messages.ts';
import type { CallEnd, MessageFromProcess } from '../../src/functions/process-messages.ts';
import { decodeValue, encodeValue } from '../../src/functions/value-bytes.ts';
import { createCallRunner } from '../../src/functions/worker/call-runner.ts';
import { createHostChannel } from '../../src/functions/worker/host-link.ts';

/** A request as the gateway would see it. */
export interface SeenRequest {
  readonly type: 'data' | 'builtIn' | 'names';
  readonly database?: string | null;
  readonly collection?: string;
  readonly method?: string;
  readonly name?: string;
  readonly args: unknown;
}

/** What a test may set. */
export interface RunOptions {
  readonly args?: readonly unknown[];
  /** More functions of the app, by name. */
  readonly others?: Readonly<Record<string, string>>;
  readonly setup?: Partial<SetupMessage>;
  readonly user?: object;
  readonly request?: object;
  readonly isSystem?: boolean;
  readonly hasBuiltIns?: boolean;
  /** Whether an HTTPS endpoint calls. */
  readonly isEndpoint?: boolean;
  /** Answers a request; an error is what the gateway refuses with. */
  readonly answer?: (request: SeenRequest) => unknown;
}

/** How a run ended, and what was seen of it. */
export interface RunResult {
  /** As decoded by the gateway: every BSON type itself. */
  readonly result?: unknown;
  readonly failure?: { readonly message: string; readonly hostError?: number | undefined };
  readonly requests: readonly SeenRequest[];
  readonly lines: readonly string[];
  /** What was under way when the result was there. */
  readonly left: readonly string[];
}

const USER = { id: 'user-1', type: 'normal', data: {}, custom_data: {}, identities: [] };

/** Runs the text of a function once, in a runner of its own. */
export async function runSource(source: string, options: RunOptions = {}): Promise<RunResult> {
  return createTestRunner({ main: source, ...options.others }, options)('main', options);
}

/** Creates a runner of several functions that keeps its process-wide state from call to call. */
export function createTestRunner(
  sources: Readonly<Record<string, string>>,
  { answer = () => null, setup }: Pick<RunOptions, 'answer' | 'setup'> = {},
): (name: string, options?: RunOptions) => Promise<RunResult> {
  let requests: SeenRequest[] = [];
  let lines: string[] = [];
  const channel = createHostChannel((message: MessageFromProcess) => {
    if (message.type === 'log') lines.push(`${message.level}: ${message.text}`);
    if (message.type !== 'data' && message.type !== 'builtIn' && message.type !== 'names') return;
    const { id, ...rest } = message;
    const args: unknown = 'args' in rest ? deserialize(rest.args).value : [];
    const request = { ...rest, args };
    requests.push(request);
    void (async () => answer(request))().then(
      (value) => channel.settle({ type: 'reply', id, value: encodeValue(value) }),
      ({ code, message: text, name }: Error & { code?: number }) => {
        const error = { id: 7, name, message: text, ...(code === undefined ? {} : { code }) };
        channel.settle({ type: 'refusal', id, error });
      },
    );
  });
  const runner = createCallRunner(
    {
      type: 'setup',
      directory: '/nowhere',
      functions: Object.entries(sources).map(([name, source]) => ({
        ...{ name, source },
        runAsSystem: name.startsWith('system'),
      })),
      values: {},
      environment: { tag: '', values: {} },
      dataSources: ['mongodb-atlas'],
      app: { id: 'myapp-abcde', clientAppId: 'myapp-abcde', name: 'myapp' },
      memoryMb: 64,
      ...setup,
    },
    channel,
  );
  return async (
    name,
    {
      args = [],
      hasBuiltIns = true,
      isEndpoint = false,
      isSystem = false,
      request = {},
      user = USER,
    } = {},
  ) => {
    requests = [];
    lines = [];
    const payload = serialize({
      value: { args, user, request, isSystem, hasBuiltIns, isEndpoint },
    });
    const ends: CallEnd[] = [];
    const left: string[] = [];
    await runner.run(name, payload, {
      ended: (end) => ends.push(end),
      draining: (underWay) => left.push(...underWay),
    });
    const [end] = ends;
    if (end === undefined) throw new Error('The call has no end');
    const outcome =
      end.type === 'returned' ? { result: decodeValue(end.value) } : { failure: end.error };
    return { ...outcome, requests, lines, left };
  };
}
