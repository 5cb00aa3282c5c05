/** Looks at each request before Fastify does, and answers those whose answer or operation is known. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { createAttached } from '../../attached.ts';
import type { GraphQLContext } from '../../graphql/context.ts';
import type { Budget } from '../../graphql/me.ts';
import { factsOf, type RequestFacts, type SeenRequest } from '../../session/seen-request.ts';
import type { ClientAddress } from '../client-address.ts';
import type { NoteRequest, RequestNotes } from '../request-log.ts';
import {
  createFoundAnswers,
  type FindAnswer,
  type FoundAnswersParts,
  type Memory,
} from './found-answers.ts';
import { type Answer, type OpenQuestion, toByteText } from './kept-answers.ts';
import { answerOperation } from './known-operations.ts';
import { expectedBody } from './question.ts';
import { createRepeatedRequests, type RepeatedRequests } from './repeated-requests.ts';
import type { KnownShapes } from './request-shape.ts';

/** What answering early takes, beside what it tells of. */
export interface Early extends Memory, Budget, Pick<FoundAnswersParts, 'tokens'> {
  readonly shapes: KnownShapes;
  /** The context of a request. */
  readonly openContext: (request: SeenRequest) => GraphQLContext;
}

/** The same, and whom it tells. */
export interface EarlyAnswersParts extends Early, Pick<FoundAnswersParts, 'onFound'> {
  /** Told of each answer, as of any other request. */
  readonly notes: RequestNotes;
  readonly addressOf: ClientAddress;
  /** Whether the server stops: then each answer has to end its connection, which the long way sees to. */
  readonly isStopping: () => boolean;
  /** How long a connection may be idle; `null`: Node.js has to parse each request. */
  readonly keepAliveMilliseconds: number | null;
}

/** What was begun for a request that then went the long way. */
interface Begun {
  readonly question: OpenQuestion;
  readonly id: string;
  /** What its operation was executed in. */
  readonly context?: GraphQLContext;
}

const begun = createAttached<Begun>('begun');

/** The id of a request, which is in the log and in its answer: one among all processes. */
export function requestIdOf(request: IncomingMessage): string {
  return begun.get(request)?.id ?? randomUUID();
}

/** The context of a request whose operation was executed already, and has to be answered the long way. */
export function contextOf(request: IncomingMessage): GraphQLContext | undefined {
  return begun.get(request)?.context;
}

/** A listener that answers what it can, and hands everything else to `handle` as it came. */
export function answerEarly(handle: RequestListener, parts: EarlyAnswersParts): RequestListener {
  const find = createFoundAnswers(parts);
  const note = parts.notes('POST', '/graphql', 200);
  const { isStopping, keepAliveMilliseconds } = parts;
  const openQuestion = parts.answers.open;
  const repeated =
    keepAliveMilliseconds === null
      ? null
      : createRepeatedRequests({ ...parts, keepAliveMilliseconds, find, note, openQuestion });
  const common: Common = { ...parts, find, note, repeated };
  return (request, response) => {
    const started = performance.now();
    repeated?.noteParsed(request, response);
    const length = isStopping() ? null : expectedBody(request);
    if (length === null) {
      handle(request, response);
      return;
    }
    collect(request, length, (body) => {
      answerParsed({ request, response, body, started, handle }, common);
    });
  };
}

/** What all requests have in common. */
interface Common extends EarlyAnswersParts {
  readonly find: FindAnswer;
  readonly note: NoteRequest;
  readonly repeated: RepeatedRequests | null;
}

/** A request that has come whole. */
interface ParsedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  /** By `performance.now`. */
  readonly started: number;
  /** Takes it the long way. */
  readonly handle: RequestListener;
}

function answerParsed(parsed: ParsedRequest, parts: Common): void {
  const { body, handle, request, response, started } = parsed;
  const { addressOf, answers, find, isStopping, note, onFound } = parts;
  const id = randomUUID();
  const answerWith = (answer: Answer) => {
    send(response, id, answer);
    const { facts } = answer;
    note({ id, address: addressOf(request), facts, milliseconds: performance.now() - started });
  };
  const question = answers.open({ headers: request.headers, body: body.toString('latin1') });
  const { answer: found, asked } = isStopping() ? {} : find(question);
  if (found !== undefined) {
    parts.repeated?.noteRepeatable(request, response);
    answerWith(found);
    return;
  }
  // Before the stream notices that nothing is left, so it never ends without this.
  request.pause();
  request.unshift(body);
  const goOn = (context?: GraphQLContext) => {
    onFound('nothing');
    begun.set(request, { question, id, ...(context === undefined ? {} : { context }) });
    handle(request, response);
  };
  if (asked === undefined) {
    goOn();
    return;
  }
  const context = parts.openContext(new EarlyRequest(request, id, addressOf));
  const answerOrGoOn = async () => {
    const answer = await answerOperation(asked, context).catch(() => null);
    if (answer === null || isStopping()) {
      goOn(context);
      return;
    }
    const { expiresAt } = answer;
    if (expiresAt !== null) answers.keep(question, { ...answer, expiresAt });
    onFound('operation');
    answerWith(answer);
  };
  void answerOrGoOn();
}

/** What use cases see of a request. A class, because V8 gives each literal with a getter a shape of its own. */
class EarlyRequest implements SeenRequest {
  readonly headers: IncomingMessage['headers'];
  readonly id: string;
  readonly method: string;
  readonly facts: RequestFacts;
  readonly #request: IncomingMessage;
  readonly #addressOf: ClientAddress;

  constructor(request: IncomingMessage, id: string, addressOf: ClientAddress) {
    this.headers = request.headers;
    this.id = id;
    this.method = request.method ?? 'POST';
    this.facts = factsOf(request);
    this.#request = request;
    this.#addressOf = addressOf;
  }

  /** Hardly any use case asks for it. */
  get ip(): string {
    return this.#addressOf(this.#request);
  }
}

function collect(request: IncomingMessage, length: number, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < length) return;
    request.off('data', take);
    done(size === chunk.length ? chunk : Buffer.concat(chunks));
  };
  request.on('data', take);
}

function send(response: ServerResponse, id: string, { body, headers }: Answer): void {
  response.writeHead(200, ['x-request-id', id, ...headers]);
  // One write with the headers, which two buffers would not be.
  response.end(body, 'latin1');
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the GraphQL operation of the request works with. */
    graphQLContext: GraphQLContext | null;
    /** The answer, if it is text. */
    answer: string | null;
  }
}

/** Keeps the answers that may be, and knows their operations, once they are sent. */
export function useKeptAnswers(server: FastifyInstance, { answers, operations }: Memory): void {
  server.decorateRequest('graphQLContext', null);
  server.decorateRequest('answer', null);
  server.addHook('onSend', (request, _reply, payload, done) => {
    if (typeof payload === 'string' && begun.get(request.raw) !== undefined)
      request.answer = payload;
    done();
  });
  server.addHook('onResponse', ({ answer, facts, graphQLContext, raw }, reply, done) => {
    done();
    const question = begun.get(raw)?.question;
    const answered = graphQLContext?.basis.answered ?? null;
    if (question === undefined || answer === null || answered === null) return;
    if (reply.statusCode !== 200) return;
    const { 'x-request-id': _id, ...others } = reply.getHeaders();
    const headers = Object.entries(others).flatMap(([name, value]) => [name, String(value)]);
    const { operation, until: expiresAt } = answered;
    operations.note(question, { operation, headers, name: facts.operation });
    if (expiresAt === null) return;
    answers.keep(question, { headers, body: toByteText(answer), expiresAt, facts });
  });
}
