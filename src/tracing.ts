/**
 * Traces by OpenTelemetry, if the operator has loaded an SDK before the gateway (`NODE_OPTIONS=--import`), which
 * exports them. Otherwise there is no tracing, nothing of it is loaded, and nothing here costs a request anything.
 */
import type { EventEmitter } from 'node:events';
import type { Attributes, Context, Span, TracerProvider } from '@opentelemetry/api';

/** What is said of a span: names as OpenTelemetry has them, and values. Nothing of a document, and no token. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** The span of a request. */
export interface RequestSpan {
  /** Runs something as a part of the request: what begins in it is below. */
  run<Result>(part: () => Result): Result;
  /** Has the listeners that are added from now on run as parts of the request. */
  adopt(emitter: EventEmitter): void;
  /** Says what the request was, once that is known. */
  describe(name: string, attributes: SpanAttributes): void;
  /** Ends it. */
  end(attributes: SpanAttributes, isFault: boolean): void;
}

/** Makes spans. What is below another is told by where it is called. */
export interface Tracing {
  /** Begins the span of a request, below that of whoever sent it if its headers say so (W3C Trace Context). */
  beginRequest(name: string, headers: object, attributes: SpanAttributes): RequestSpan;
  /** Runs something in a span of its own. It is not traced if nothing above it is: what goes on beside requests. */
  inSpan<Result>(
    name: string,
    attributes: SpanAttributes,
    run: () => Promise<Result>,
  ): Promise<Result>;
  /** The same for what does not wait, and has nothing below it. */
  inSpanAtOnce<Result>(name: string, attributes: SpanAttributes, run: () => Result): Result;
  /** The same function, run wherever it is called as if it were called here. */
  bind<Args extends unknown[], Result>(run: (...args: Args) => Result): (...args: Args) => Result;
  /** What tells another server whose span its own is below: `traceparent` and what belongs to it. */
  outgoingHeaders(): Readonly<Record<string, string>>;
  /** Has what was traced exported, for a bounded time. Never fails. */
  flush(): Promise<void>;
}

const NAME = 'custom-user-data-gateway';
/** Where version 1 of the API keeps what an SDK has registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
const FLUSH_MILLISECONDS = 5000;
const SERVER = 1;
const ERROR = 2;

/** Opens tracing; `null`: no SDK is loaded. */
export async function openTracing(): Promise<Tracing | null> {
  const registered = (globalThis as { [REGISTERED]?: { trace?: TracerProvider } })[REGISTERED];
  if (registered?.trace === undefined) return null;
  const { context, propagation, ROOT_CONTEXT, trace } = await import('@opentelemetry/api');
  const tracer = trace.getTracer(NAME);

  const requestSpan = (span: Span, own: Context): RequestSpan => ({
    run: (part) => context.with(own, part),
    adopt: (emitter) => void context.bind(own, emitter),
    describe(name, attributes) {
      span.updateName(name);
      span.setAttributes(attributes as Attributes);
    },
    end(attributes, isFault) {
      span.setAttributes(attributes as Attributes);
      if (isFault) span.setStatus({ code: ERROR });
      span.end();
    },
  });

  return {
    beginRequest(name, headers, attributes) {
      const sender = propagation.extract(ROOT_CONTEXT, headers);
      const options = { kind: SERVER, attributes: attributes as Attributes };
      const span = tracer.startSpan(name, options, sender);
      return requestSpan(span, trace.setSpan(sender, span));
    },
    async inSpan(name, attributes, run) {
      if (trace.getActiveSpan() === undefined) return run();
      const span = tracer.startSpan(name, { attributes: attributes as Attributes });
      try {
        return await context.with(trace.setSpan(context.active(), span), run);
      } catch (error) {
        tellFailure(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    inSpanAtOnce(name, attributes, run) {
      if (trace.getActiveSpan() === undefined) return run();
      const span = tracer.startSpan(name, { attributes: attributes as Attributes });
      try {
        return run();
      } catch (error) {
        tellFailure(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    bind: (run) => context.bind(context.active(), run),
    outgoingHeaders() {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      return carrier;
    },
    flush: () => flush(registered.trace as Flushable),
  };
}

/** The message may hold what a trace must not. */
function tellFailure(span: Span, error: unknown): void {
  const { code, name: type } = error as { readonly code?: unknown; readonly name?: unknown };
  span.setAttribute('error.type', String(code ?? type));
  span.setStatus({ code: ERROR });
}

/** What SDKs add to a provider. */
interface Flushable {
  readonly forceFlush?: () => Promise<void>;
  readonly getDelegate?: () => Flushable;
}

async function flush(provider: Flushable): Promise<void> {
  const sdk = provider.getDelegate?.() ?? provider;
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MILLISECONDS);
  });
  await Promise.race([sdk.forceFlush?.().catch(() => undefined), patience]);
  clearTimeout(timer);
}
