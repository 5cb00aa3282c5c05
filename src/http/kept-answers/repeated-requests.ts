/**
 * Answers requests that are, but for their token, the bytes of one that came before, without having Node.js parse them.
 *
 * Bytes are only looked at between two requests: once Node.js has answered all it was given, and that was one whole
 * request. Everything else is given to it as it came. A connection is looked at once it has asked for something that can
 * be repeated, so Node.js has counted its time by then, and no other connection costs more. One of which it cannot be
 * said where a request begins, or that asks for other things in the end, is left to Node.js for good.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createAttached } from '../../attached.ts';
import type { ClientAddress } from '../client-address.ts';
import type { NoteRequest } from '../request-log.ts';
import { createAnswerWriter, type WriteAnswer } from './answer-writer.ts';
import type { FindAnswer } from './found-answers.ts';
import type { KeptAnswers } from './kept-answers.ts';
import {
  isWholeRequest,
  type KnownShapes,
  type RequestShape,
  type ShapedRequest,
  shapeOf,
  tokenIn,
} from './request-shape.ts';

/** What answering repeated requests takes. */
export interface RepeatedRequestsParts {
  readonly shapes: KnownShapes;
  readonly openQuestion: KeptAnswers['open'];
  readonly find: FindAnswer;
  /** Told of each answer. */
  readonly note: NoteRequest;
  readonly addressOf: ClientAddress;
  readonly isStopping: () => boolean;
  /** How long a connection may be idle. */
  readonly keepAliveMilliseconds: number;
}

/** Most bytes of a request that are held until it is answered. */
const MAX_BYTES = 32_768;
/** Requests in a row of which none repeats another, after which a connection is left to Node.js. */
const MAX_OTHERS = 16;

/** Connections that are looked at, and `null` for those that are not any more. */
const connections = createAttached<Connection | null>('connection');

/** Told of requests that Node.js has parsed. */
export interface RepeatedRequests {
  /** To be called with each of them before it is answered. */
  noteParsed(request: IncomingMessage, response: ServerResponse): void;
  /** To be called as well before one is answered whose like could be answered without being parsed. */
  noteRepeatable(request: IncomingMessage, response: ServerResponse): void;
}

/** Creates what answers repeated requests. */
export function createRepeatedRequests(parts: RepeatedRequestsParts): RepeatedRequests {
  const writeAnswer = createAnswerWriter(parts.keepAliveMilliseconds, Date.now);
  return {
    noteParsed(request, response) {
      connections.get(request.socket)?.noteParsed(request, response);
    },
    noteRepeatable({ socket }, response) {
      const connection = connections.get(socket);
      connection?.noteRepeatable();
      if (connection !== undefined) return;
      response.once('close', () => {
        const [parse, ...others] = socket.listeners('data');
        // Whatever else Node.js may do one day, it goes on doing it.
        if (parse === undefined || others.length > 0 || socket.destroyed) return;
        // Of requests that came together each says so.
        if (connections.get(socket) !== undefined) return;
        connections.set(socket, new Connection(socket, parse as Take, { ...parts, writeAnswer }));
      });
    },
  };
}

type Take = (chunk: Buffer) => void;

interface ConnectionParts extends RepeatedRequestsParts {
  readonly writeAnswer: WriteAnswer;
}

/** One connection, and what Node.js knows of it. */
class Connection {
  readonly #socket: Socket;
  /** Gives bytes to Node.js. */
  readonly #parse: Take;
  readonly #parts: ConnectionParts;
  readonly #ends: readonly unknown[];
  /** Whether it is known that Node.js waits for the first byte of a request. */
  #isBetween = false;
  /** What it was given since it did. At first it may have been given a part of a request before. */
  #given: Buffer[] = [];
  #givenBytes = 0;
  #isRepeatable = false;
  /** Of the latest request that can be repeated. */
  #shape: RequestShape | null = null;
  /** Requests in a row that Node.js had to parse. */
  #others = 0;

  constructor(socket: Socket, parse: Take, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parse = parse;
    this.#parts = parts;
    socket.on('data', this.#take);
    socket.removeListener('data', parse);
    // Node.js takes its own off before it hands a connection over, to a WebSocket for example.
    this.#ends = socket.listeners('end');
    socket.on('removeListener', this.#notice);
  }

  noteParsed(request: IncomingMessage, response: ServerResponse): void {
    response.once('close', () => this.#settle(request));
  }

  noteRepeatable(): void {
    this.#isRepeatable = true;
  }

  readonly #take = (chunk: Buffer): void => {
    if (this.#isBetween && this.#answer(chunk)) return;
    this.#isBetween = false;
    this.#givenBytes += chunk.length;
    if (this.#givenBytes > MAX_BYTES) this.#leave();
    else this.#given.push(chunk);
    this.#parse.call(this.#socket, chunk);
  };

  readonly #notice = (event: string | symbol, listener: unknown): void => {
    if (event === 'end' && this.#ends.includes(listener)) this.#forget();
  };

  /** Whether these bytes are answered. */
  #answer(chunk: Buffer): boolean {
    const started = performance.now();
    const { addressOf, find, isStopping, note, openQuestion, writeAnswer } = this.#parts;
    const socket = this.#socket;
    // A client that does not read its answers has to wait, which Node.js sees to.
    if (chunk.length > MAX_BYTES || socket.writableLength > 0 || !socket.writable) return false;
    if (isStopping()) return false;
    const found = this.#findShape(chunk.toString('latin1'));
    if (found === null) return false;
    const { shape, token } = found;
    const headers = { ...shape.headers, authorization: shape.scheme + token };
    const { answer } = find(openQuestion({ headers, body: shape.body }));
    if (answer === undefined) return false;
    this.#shape = shape;
    this.#others = 0;
    const id = randomUUID();
    socket.write(writeAnswer(id, answer), 'latin1');
    const { facts } = answer;
    const milliseconds = performance.now() - started;
    note({ id, address: addressOf({ headers, socket }), facts, milliseconds });
    return true;
  }

  #findShape(bytes: string): ShapedRequest | null {
    const shape = this.#shape;
    const token = shape === null ? null : tokenIn(bytes, shape);
    if (shape !== null && token !== null) return { shape, token };
    return this.#parts.shapes.find(bytes);
  }

  /** Node.js is done with the request. */
  #settle(request: IncomingMessage): void {
    const bytes = Buffer.concat(this.#given).toString('latin1');
    this.#others += 1;
    if (this.#others > MAX_OTHERS || !isWholeRequest(bytes, request)) {
      this.#leave();
      return;
    }
    const shape = this.#isRepeatable ? shapeOf(bytes, request) : null;
    if (shape !== null) this.#parts.shapes.note(shape);
    this.#shape = shape ?? this.#shape;
    this.#given = [];
    this.#givenBytes = 0;
    this.#isRepeatable = false;
    this.#isBetween = true;
  }

  /** Leaves the connection to Node.js. */
  #leave(): void {
    if (!this.#forget()) return;
    this.#socket.on('data', this.#parse);
  }

  /** Whether the connection was looked at until now. */
  #forget(): boolean {
    if (connections.get(this.#socket) !== this) return false;
    connections.set(this.#socket, null);
    this.#socket.removeListener('removeListener', this.#notice);
    this.#socket.removeListener('data', this.#take);
    this.#given = [];
    return true;
  }
}
