/** The answer of an endpoint: what the function described, or else what it returned. */
import type { FastifyReply } from 'fastify';
import { Binary } from '../bson.ts';
import type { EndpointReturn } from '../session/operator-functions.ts';
import { judgeHeaders } from './answer-headers.ts';
import type { Endpoint } from './endpoint.ts';
import { chooseFormat, toResultText } from './result-text.ts';

/** Statuses whose answer has no body (RFC 9110 section 6.4.1). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
const NO_CONTENT = 204;

/**
 * A page of a function is at the gateway's address and not the gateway's: it runs as of an origin of its own, which
 * neither reads what others keep here nor calls in their name.
 */
const SANDBOX =
  'sandbox allow-downloads allow-forms allow-modals allow-popups allow-top-navigation-by-user-activation allow-scripts';

/** Sends it. Fails with `FUNCTION_FAILED` if the function has set what is no header. */
export function sendAnswer(
  reply: FastifyReply,
  endpoint: Endpoint,
  { answer, value }: EndpointReturn,
): FastifyReply {
  if (!endpoint.respondsWithResult) return reply.code(NO_CONTENT).send();
  const { leftOut, sent } = judgeHeaders(endpoint.functionName, answer.headers);
  if (leftOut.length > 0) {
    reply.log.warn({ headers: leftOut }, 'an endpoint has set headers that are left out');
  }
  const body = toBody(reply, endpoint, { answer, value });
  void reply.header('content-security-policy', SANDBOX);
  if (body !== null) void reply.header('content-type', body.type);
  for (const [name, values] of sent) setHeader(reply, name, values);
  const status = answer.statusCode ?? 200;
  void reply.code(status);
  if (body !== null && !WITHOUT_BODY.has(status)) return reply.send(body.bytes);
  void reply.removeHeader('content-type');
  return reply.send();
}

/** `null`: there is none. */
function toBody(
  reply: FastifyReply,
  endpoint: Endpoint,
  { answer: { body }, value }: EndpointReturn,
): { readonly bytes: Buffer; readonly type: string } | null {
  if (body instanceof Binary) {
    return { bytes: Buffer.from(body.value()), type: 'application/octet-stream' };
  }
  if (body !== undefined) return { bytes: Buffer.from(body), type: 'application/json' };
  if (value === undefined) return null;
  const { accept } = reply.request.headers;
  setHeader(reply, 'vary', ['accept']);
  const { text, type } = toResultText(value, chooseFormat(accept, endpoint.format));
  return { bytes: Buffer.from(text), type };
}

/** Caches are still to know of what the gateway itself looked at. */
function setHeader(reply: FastifyReply, name: string, values: readonly string[]): void {
  const own = name === 'vary' ? [reply.getHeader(name) ?? []].flat().map(String) : [];
  const all = [...own, ...values];
  const [last = ''] = name === 'content-type' ? all.slice(-1) : all;
  void reply.header(name, all.length === 1 || name === 'content-type' ? last : all);
}
