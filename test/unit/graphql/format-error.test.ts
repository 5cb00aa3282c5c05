import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { GatewayError, serviceUnavailable, unauthenticated } from '../../../src/errors.ts';
import { createErrorTranslator, toErrorBody } from '../../../src/graphql/format-error.ts';
import { createLog } from '../../../src/log.ts';

function createTranslator() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const translate = createErrorTranslator(createLog('trace', destination), 'my-app');
  return { translate, log: () => lines.join('') };
}

interface Http {
  readonly status?: number;
  readonly headers: Map<string, string>;
}

const httpOf = (error: GraphQLError) => error.extensions.http as unknown as Http;

describe('what the client sees', () => {
  test('a GatewayError: message, code, facts and status', () => {
    const { translate, log } = createTranslator();
    const error = translate(
      new GatewayError('FIELD_NOT_WRITABLE', { paths: ['/a'] }, { cause: new Error('inside') }),
    );
    expect(error.extensions).toMatchObject({ code: 'FIELD_NOT_WRITABLE', paths: ['/a'] });
    expect(httpOf(error).status).toBeUndefined();
    expect(JSON.stringify(error)).not.toContain('inside');
    expect(log()).toBe('');
  });

  test('UNAUTHENTICATED: 401 with the challenge of RFC 6750', () => {
    const { translate } = createTranslator();
    const missing = httpOf(translate(unauthenticated('TOKEN_MISSING')));
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="my-app"');
    const expired = httpOf(translate(unauthenticated('TOKEN_EXPIRED')));
    expect(expired.headers.get('www-authenticate')).toBe(
      'Bearer realm="my-app", error="invalid_token", error_description="The token has expired"',
    );
  });

  test('SERVICE_UNAVAILABLE: 503 with Retry-After, the cause in the log only', () => {
    const { translate, log } = createTranslator();
    const error = translate(serviceUnavailable(new Error('host db.internal is down')));
    expect(httpOf(error).status).toBe(503);
    expect(httpOf(error).headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(error)).not.toContain('db.internal');
    expect(log()).toContain('db.internal');
  });

  test('anything else is masked under an id that the log has too', () => {
    const { translate, log } = createTranslator();
    const error = translate(new TypeError('secret detail'));
    expect(error.message).toBe('Internal server error');
    expect(error.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(httpOf(error).status).toBe(500);
    expect(JSON.stringify(error)).not.toContain('secret detail');
    expect(log()).toContain(String(error.extensions.errorId));
    expect(log()).toContain('secret detail');
  });

  test.each([undefined, null, 'text', 5, {}])('even %p thrown is masked', (thrown) => {
    const { translate } = createTranslator();
    expect(translate(thrown).extensions.code).toBe('INTERNAL_SERVER_ERROR');
  });

  test("the engine's own error stays as it is", () => {
    const { translate } = createTranslator();
    const own = new GraphQLError('Cannot query field', { extensions: { code: 'X' } });
    expect(translate(own)).toBe(own);
  });

  test('outside GraphQL the body has the same shape', () => {
    const body = toErrorBody(new GatewayError('PAYLOAD_TOO_LARGE', { limit: 5 }));
    expect(JSON.parse(body)).toEqual({
      errors: [
        {
          message: 'The request body is too large',
          extensions: { code: 'PAYLOAD_TOO_LARGE', limit: 5 },
        },
      ],
    });
  });
});
