/** Requests as no client of good will sends them. */
import fc from 'fast-check';
import type { Conversation } from './raw-conversation.ts';

/** What all requests have in common. */
export interface RequestWorld {
  /** Valid tokens. */
  readonly tokens: readonly string[];
  readonly appId: string;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');

const ME = JSON.stringify({ query: '{ me { id customData } }' });
const WRITE = JSON.stringify({
  query:
    'mutation ($data: JSON!) { writeCustomUserData(newCustomUserData: $data) { accessToken } }',
  variables: { data: { a: [1, { b: 'ü' }], when: { $date: '2020-01-01T00:00:00Z' } } },
});

function paths(appId: string) {
  const app = `/api/client/v2.0/app/${appId}`;
  return [
    ...[
      '/graphql',
      '/graphql',
      '/graphql',
      '//graphql',
      '/graphql/',
      '/graphql?query=%7Bme%7Bid%7D%7D',
    ],
    ...[
      '/',
      '/health/ready',
      '/metrics',
      '/.well-known/jwks.json',
      '/email/confirm?token=a&tokenId=b',
    ],
    ...[`${app}/location`, `${app}/auth/providers/anon-user/login`, `${app}/functions/call`],
    ...[`${app}/graphql`, `${app}/auth/providers/local-userpass/register`, `${app}/%00/%FF`],
    ...['/api/client/v2.0/auth/session', '/api/client/v2.0/auth/profile', '/%', '*', 'http://[/'],
  ];
}

const bodies = [
  ...[ME, ME, WRITE, '', '{}', '[]', 'null', '"', '{"query":', '{"query":7}', '{"query":"{"}'],
  ...['{"query":"{me{id}}","variables":[]}', '{"query":"{me{id}}","query":"{a}"}', '\ufeff{}'],
  ...['{"__proto__":{"query":"{me{id}}"}}', `{"query":"{me{id}}","x":${'['.repeat(9000)}`],
  ...['{"username":"a@b.example","password":"\u0000"}', '{"name":"f","arguments":[{"$date":1}]}'],
  // Not UTF-8: a lone continuation, a surrogate, an overlong form.
  ...['{"query":"\x80"}', '{"query":"\xed\xa0\x80"}', '{"query":"\xc0\xaf"}'],
];

/** One of the first, three times out of four. */
function usually<Value>(good: readonly Value[], ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

/** Nothing, three times out of four: whatever is broken hides what comes after it. */
function orNone<Value>(some: fc.Arbitrary<Value[]>): fc.Arbitrary<Value[]> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<Value[]>([]) },
    { weight: 1, arbitrary: some },
  );
}

/** One request, with lengths and encodings that may be wrong. */
function request({ appId, tokens }: RequestWorld): fc.Arbitrary<string> {
  return fc
    .record({
      method: usually(['POST'], 'GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'P\u00d6ST'),
      path: usually(['/graphql'], ...paths(appId)),
      version: usually(['HTTP/1.1'], 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1x'),
      type: usually(['application/json'], 'text/plain', 'application/json; charset="', 'x'),
      token: usually(tokens, undefined, 'x.y.z', '\xff', 'a'.repeat(70_000)),
      body: usually([ME, WRITE], ...bodies),
      framing: usually(['right'], 'short', 'long', 'none', 'chunked', 'broken', 'both'),
      extra: orNone(
        fc.array(
          fc.constantFrom(
            ...['Host: another.example', 'host:', 'Connection: close', 'Connection: keep-alive, x'],
            ...[
              'Expect: 100-continue',
              'Expect: x',
              'Upgrade: h2c',
              'Transfer-Encoding: gzip, chunked',
            ],
            ...[
              'Content-Length: 5, 5',
              'Content-Length: -1',
              'Content-Encoding: br',
              'Accept: */*;q=',
            ],
            ...['Accept: text/html', 'X-Forwarded-For: ::1', `X-Long: ${'y'.repeat(20_000)}`],
            ...[
              'No colon',
              ' folded: x',
              'Bad Name: x',
              'X: \x00',
              'Origin: null',
              'Content-Type: a/b',
            ],
          ),
          { minLength: 1, maxLength: 3 },
        ),
      ),
    })
    .map(({ body, extra, framing, method, path, token, type, version }) => {
      const head = [
        `${method} ${path} ${version}`,
        'Host: gateway.example',
        `Content-Type: ${type}`,
        ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
        ...extra,
      ];
      const { content, lines } = frame(body, framing);
      return `${[...head, ...lines].join('\r\n')}\r\n\r\n${content}`;
    });
}

/** The body as it is sent, and the headers that say how long it is. */
function frame(body: string, framing: string): { content: string; lines: readonly string[] } {
  const { length } = body;
  const chunked = `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  switch (framing) {
    case 'short':
      return { content: body, lines: [`Content-Length: ${Math.floor(length / 2)}`] };
    case 'long':
      return { content: body, lines: [`Content-Length: ${length + 3}`] };
    case 'none':
      return { content: body, lines: [] };
    case 'chunked':
      return { content: chunked, lines: ['Transfer-Encoding: chunked'] };
    case 'broken':
      return { content: `zz\r\n${body}`, lines: ['Transfer-Encoding: chunked'] };
    case 'both':
      return {
        content: chunked,
        lines: [`Content-Length: ${length}`, 'Transfer-Encoding: chunked'],
      };
    default:
      return { content: body, lines: [`Content-Length: ${length}`] };
  }
}

/** A change of some bytes, wherever they are. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.integer({ min: 0, max: 40 }),
  put: fc.oneof(
    fc.constantFrom('', '\n', '\r', '\x00', '\xff', ': '),
    fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  ),
});

/** Conversations: requests in a row on one connection, perhaps damaged, in pieces, by a client that leaves. */
export function conversation(world: RequestWorld): fc.Arbitrary<Conversation> {
  return fc
    .record({
      requests: fc.array(request(world), { minLength: 1, maxLength: 6 }),
      damages: orNone(fc.array(damage, { minLength: 1, maxLength: 2 })),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
      farewell: fc.constantFrom('half' as const, 'half' as const, 'reset' as const),
    })
    .map(({ cuts, damages, farewell, requests }) => {
      let text = requests.join('');
      for (const { at, drop, put } of damages) {
        const place = Math.floor(at * text.length);
        text = text.slice(0, place) + put + text.slice(place + drop);
      }
      const places = cuts.map((cut) => Math.floor(cut * text.length)).toSorted((a, b) => a - b);
      const ends = [...places, text.length];
      const chunks = ends.map((end, index) => bytes(text.slice(places[index - 1] ?? 0, end)));
      return { chunks: chunks.filter(({ length }) => length > 0), farewell };
    });
}
