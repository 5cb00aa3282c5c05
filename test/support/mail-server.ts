/** A mail server on the loopback address that keeps what it gets. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** One mail as it came. */
export interface ReceivedMail {
  /** Recipient of the envelope. */
  readonly to: string;
  readonly headers: string;
  readonly text: string;
  readonly html: string;
}

/** What the server does with a recipient. */
export type MailMode = 'accept' | 'refuse' | 'defer';

/** A running mail server. */
export interface MailServer {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  readonly setMode: (mode: MailMode) => void;
  /** The latest mail to the address. */
  readonly latestTo: (address: string) => ReceivedMail;
  /** Stops the server: connections are refused from then on. */
  readonly stop: () => Promise<void>;
}

const REPLIES = { accept: undefined, refuse: 550, defer: 451 } as const;

/** Starts a mail server without encryption, on a free port unless one is given. */
export async function startMailServer(port = 0): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  let mode: MailMode = 'accept';
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: (address, _session, done) => {
      const responseCode = REPLIES[mode];
      if (responseCode === undefined) return done();
      done(Object.assign(new Error(`no such user <${address.address}>`), { responseCode }));
    },
    onData: (stream, session, done) => {
      text(stream).then((raw) => {
        mails.push({ to: session.envelope.rcptTo[0]?.address ?? '', ...parseMail(raw) });
        done();
      }, done);
    },
  });
  // What clients do to their connections is the test's business.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    setMode: (next) => {
      mode = next;
    },
    latestTo: (address) => {
      const mail = mails.findLast(({ to }) => to === address);
      if (mail === undefined) throw new Error(`No mail to ${address}`);
      return mail;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A server that takes connections and never says a word. */
export async function startSilentServer(): Promise<{
  readonly url: string;
  readonly stop: () => Promise<void>;
}> {
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The link in the text of a mail, and what it carries. */
export function linkIn(mail: ReceivedMail): {
  readonly url: URL;
  readonly token: string;
  readonly tokenId: string;
} {
  const found = /https?:\/\/\S+/.exec(mail.text)?.[0];
  if (found === undefined) throw new Error('The mail has no link');
  const url = new URL(found);
  const [token, tokenId] = ['token', 'tokenId'].map((name) => url.searchParams.get(name) ?? '');
  return { url, token: token ?? '', tokenId: tokenId ?? '' };
}

/** A mail of a text, or of a text and an HTML part (RFC 2046 section 5.1.4). */
function parseMail(raw: string): Omit<ReceivedMail, 'to'> {
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw.slice(0, end);
  const boundary = /boundary="([^"]+)"/.exec(headers)?.[1];
  if (boundary === undefined) return { headers, text: decodePart(raw), html: '' };
  const parts = raw.slice(end).split(`--${boundary}`);
  const partOf = (type: string) => decodePart(parts.find((part) => part.includes(type)) ?? '');
  return { headers, text: partOf('text/plain'), html: partOf('text/html') };
}

function decodePart(part: string): string {
  const [, headers = '', body = ''] = /^([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(part) ?? [];
  if (/base64/i.test(headers)) return Buffer.from(body, 'base64').toString();
  if (!/quoted-printable/i.test(headers)) return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number(`0x${hex}`)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
