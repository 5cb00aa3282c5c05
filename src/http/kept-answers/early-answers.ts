/** Looks at each request before Fastify does, and answers those whose answer or operation is known. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { createAttached } from '../../attached.ts';
import type { GraphQLContext } from '../../graphql/context.ts';
import { factsOf, type RequestFacts, type SeenRequest } from '../../session/seen-request.ts';
import type { AccessClaims } from '../../token/claims.ts';
import type { ClientAddress } from '../client-address.ts';
import type { Metrics } from '../metrics.ts';
import type { RequestNotes } from '../request-log.ts';
import { type Answer, type KeptAnswers, type OpenQuestion, toByteText } from './kept-answers.ts';
import { answerOperation, type KnownOperations } from './known-operations.ts';
import { expectedBody } from './question.ts';

/** What answering early takes, beside what it tells of. */
export interface Early extends Memory {
  /** The context of a request. */
  readonly openContext: (request: SeenRequest) => GraphQLContext;
}

/** The same, and whom it tells. */
export interface EarlyAnswersParts extends Early {
  /** Told of each answer, as of any other request. */
  readonly notes: RequestNotes;
  readonly addressOf: ClientAddress;
  /** Told of each request that is looked up. */
  readonly onFound: Metrics['countCached'];
  /** Whether the server stops: then each answer has to end its connection, which the long way sees to. */
  readonly isStopping: () => boolean;
}

/** What has been learned of requests before. */
export interface Memory {
  readonly answers: KeptAnswers;
  readonly operations: KnownOperations;
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
  const { addressOf, answers, isStopping, notes, onFound, operations } = parts;
  const note = notes('POST', '/graphql', 200);
  const hasAskedBefore = createAcquaintance();
  return (request, response) => {
    const started = performance.now();
    const length = isStopping() ? null : expectedBody(request);
    if (length === null) {
      handle(request, response);
      return;
    }
    collect(request, length, (body) => {
      const id = randomUUID();
      const answerWith = (answer: Answer) => {
        send(response, id, answer);
        const { facts } = answer;
        note({ id, address: addressOf(request), facts, milliseconds: performance.now() - started });
      };
      const { headers } = request;
      const question = answers.open({ headers, body: body.toString('latin1') });
      const kept = isStopping() ? undefined : answers.find(question);
      if (kept !== undefined) {
        onFound('answer');
        answerWith(kept);
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
      const asked = isStopping() ? undefined : operations.find(question);
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
        if (expiresAt !== null && (asked.plan === null || hasAskedBefore(await context.caller))) {
          answers.keep(question, { ...answer, expiresAt });
        }
        onFound('operation');
        answerWith(answer);
      };
      void answerOrGoOn();
    });
  };
}

/**
 * Says whether a token has asked before. An answer that has a plan is made almost as fast as it is found, and most of
 * what keeping it costs is its room: it is kept for tokens that come again, and those that come once push none of
 * them out.
 */
function createAcquaintance(): (caller: AccessClaims | null) => boolean {
  // Of one token they are one object for as long as it is remembered.
  const met = new WeakSet<AccessClaims>();
  return (caller) => {
    if (caller === null || met.has(caller)) return true;
    met.add(caller);
    return false;
  };
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
