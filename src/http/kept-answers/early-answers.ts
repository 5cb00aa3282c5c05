/** Looks at each request before Fastify does, and answers those whose answer is kept. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { GraphQLContext } from '../../graphql/context.ts';
import type { ClientAddress } from '../client-address.ts';
import type { Metrics } from '../metrics.ts';
import type { RequestNotes } from '../request-log.ts';
import type { KeptAnswer, KeptAnswers } from './kept-answers.ts';
import type { KnownOperations } from './known-operations.ts';
import { expectedBody, type Question } from './question.ts';

/** What answering early takes. */
export interface EarlyAnswersParts extends Memory {
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

/** The question of a request that went the long way. */
const questions = new WeakMap<IncomingMessage, Question>();

/** A listener that answers what it can, and hands everything else to `handle` as it came. */
export function answerEarly(handle: RequestListener, parts: EarlyAnswersParts): RequestListener {
  const { addressOf, answers, isStopping, notes, onFound, operations } = parts;
  const note = notes('POST', '/graphql', 200);
  return (request, response) => {
    const started = performance.now();
    const answer = (kept: KeptAnswer) => {
      const { facts } = kept;
      const id = send(response, kept);
      note({ id, address: addressOf(request), facts, milliseconds: performance.now() - started });
    };
    const length = isStopping() ? null : expectedBody(request);
    if (length === null) {
      handle(request, response);
      return;
    }
    collect(request, length, (body) => {
      const question = { headers: request.headers, body: body.toString('latin1') };
      const kept = isStopping() ? undefined : answers.find(question);
      if (kept !== undefined) {
        onFound('answer');
        answer(kept);
        return;
      }
      // Before the stream notices that nothing is left, so it never ends without this.
      request.pause();
      request.unshift(body);
      const goOn = () => {
        onFound('nothing');
        questions.set(request, question);
        handle(request, response);
      };
      const answering = isStopping() ? undefined : operations.answer(question);
      if (answering === undefined) goOn();
      else
        void answering.then((made) => {
          if (made === null || isStopping()) {
            goOn();
            return;
          }
          answers.keep(question, made);
          onFound('operation');
          answer(made);
        }, goOn);
    });
  };
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

/** Sends it; the id of the request. */
function send(response: ServerResponse, { body, headers }: KeptAnswer): string {
  const id = randomUUID();
  response.writeHead(200, ['x-request-id', id, ...headers]);
  // One write with the headers, which two buffers would not be.
  response.end(body, 'latin1');
  return id;
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
    if (typeof payload === 'string' && questions.has(request.raw)) request.answer = payload;
    done();
  });
  server.addHook('onResponse', ({ answer, facts, graphQLContext, raw }, reply, done) => {
    done();
    const question = questions.get(raw);
    const made = graphQLContext?.basis.claimsAnswer ?? null;
    if (question === undefined || answer === null || made === null) return;
    if (reply.statusCode !== 200) return;
    const { 'x-request-id': _id, ...others } = reply.getHeaders();
    const headers = Object.entries(others).flatMap(([name, value]) => [name, String(value)]);
    const body = Buffer.from(answer).toString('latin1');
    answers.keep(question, { headers, body, expiresAt: made.until, facts });
    operations.note(question, { operation: made.operation, headers, name: facts.operation });
  });
}
