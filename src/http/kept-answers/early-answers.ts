/** Looks at each request before Fastify does, and answers those whose answer is kept. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { GraphQLContext } from '../../graphql/context.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { expectedBody, questionOf } from './question.ts';

/** Told of each answer, as of any other request. */
export type AnswerListener = (request: {
  readonly id: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}) => void;

/** What answering early takes. */
export interface EarlyAnswersParts {
  readonly answers: KeptAnswers;
  readonly onAnswer: AnswerListener;
  /** Whether the server stops: then each answer has to end its connection, which the long way sees to. */
  readonly isStopping: () => boolean;
}

/** The question of a request that went the long way. */
const questions = new WeakMap<IncomingMessage, string>();

/** A listener that answers what it can, and hands everything else to `handle` as it came. */
export function answerEarly(handle: RequestListener, parts: EarlyAnswersParts): RequestListener {
  const { answers, isStopping } = parts;
  return (request, response) => {
    const started = performance.now();
    const length = isStopping() ? null : expectedBody(request);
    if (length === null) {
      handle(request, response);
      return;
    }
    collect(request, length, (body) => {
      const question = questionOf(request, body);
      const kept = answers.find(question);
      if (kept !== undefined) {
        send(response, kept.headers, kept.body, started, parts.onAnswer);
        return;
      }
      questions.set(request, question);
      // Before the stream notices that nothing is left, so it never ends without this.
      request.unshift(body);
      handle(request, response);
    });
  };
}

function collect(request: IncomingMessage, length: number, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const read = () => {
    for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    if (size < length) return;
    request.off('readable', read);
    done(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
  };
  request.on('readable', read);
}

function send(
  response: ServerResponse,
  headers: readonly string[],
  body: Buffer,
  started: number,
  onAnswer: AnswerListener,
): void {
  const id = randomUUID();
  response.writeHead(200, ['x-request-id', id, ...headers]);
  response.end(body);
  const milliseconds = performance.now() - started;
  onAnswer({ id, method: 'POST', route: '/graphql', status: 200, milliseconds });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the GraphQL operation of the request works with, and what answers it. */
    graphQL: { readonly context: GraphQLContext; readonly origin: object } | null;
    /** The answer, if it is text. */
    answer: string | null;
  }
}

/** Keeps the answers that may be, once they are sent. */
export function useKeptAnswers(server: FastifyInstance, answers: KeptAnswers): void {
  server.decorateRequest('graphQL', null);
  server.decorateRequest('answer', null);
  server.addHook('onSend', async (request, _reply, payload) => {
    if (typeof payload === 'string' && questions.has(request.raw)) request.answer = payload;
  });
  server.addHook('onResponse', async ({ answer, graphQL, raw }, reply) => {
    const question = questions.get(raw);
    if (question === undefined || answer === null || graphQL === null) return;
    const { claimsUntil } = graphQL.context.basis;
    if (claimsUntil === null || reply.statusCode !== 200) return;
    const { 'x-request-id': _id, ...headers } = reply.getHeaders();
    answers.keep(question, {
      headers: Object.entries(headers).flatMap(([name, value]) => [name, String(value)]),
      body: Buffer.from(answer),
      expiresAt: claimsUntil,
      origin: graphQL.origin,
    });
  });
}
