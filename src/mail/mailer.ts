/** Sends mails over SMTP, in bounded time, with errors that name no address. */
import { setTimeout as delay } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { isAddress } from '../email-address.ts';
import { badInput, type GatewayError, serviceUnavailable } from '../errors.ts';

/** One mail, as text and, if need be, as HTML. */
export interface Mail {
  /** The address of the one recipient. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Mail servers answer slowly on purpose, and somebody waits for the answer. */
const TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5000;
const TIMEOUTS = {
  connectionTimeout: CONNECT_TIMEOUT_MS,
  greetingTimeout: CONNECT_TIMEOUT_MS,
  dnsTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: TIMEOUT_MS,
} as const;
const MAX_CONNECTIONS = 5;
const RETRY_AFTER_SECONDS = 10;
/** RFC 5321 section 4.2.1: the server refuses for good. */
const PERMANENT_REFUSAL = 500;

/**
 * Creates a mailer; it connects when the first mail is sent. `url` is an `smtp://` or `smtps://` URL, with user and
 * password if the server wants them; `from` is a sender such as `"My App" <no-reply@example.com>`.
 */
export function createMailer(url: string, from: string) {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    ...TIMEOUTS,
    // Nothing of a mail comes from a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    /**
     * Resolves once the mail server has taken the mail. Fails with `SERVICE_UNAVAILABLE` if it does not
     * in time, and with `BAD_USER_INPUT` if it refuses the address.
     */
    async send({ to, ...content }: Mail) {
      // The library would correct it, and the mail would go to a mailbox that nobody has registered.
      if (!isAddress(to)) throw refusedAddress();
      const timer = new AbortController();
      const expiry = delay(TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
        throw new Error('The mail server did not answer in time');
      });
      const sending = transport.sendMail({
        ...content,
        from,
        // As an object it is one address, whatever characters it has.
        to: { name: '', address: to },
        // RFC 3834: no holiday replies to these.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      // What comes of it after the time is up is nobody's business.
      sending.catch(() => undefined);
      expiry.catch(() => undefined);
      try {
        await Promise.race([sending, expiry]);
      } catch (error) {
        throw toGatewayError(error);
      } finally {
        timer.abort();
      }
    },
    /** Ends all connections. */
    close: () => transport.close(),
  };
}

/**
 * Connects to the mail server and logs in, as for a mail that is not sent. Fails with what the server or the
 * connection refuses, which names no address and no password.
 */
export async function verifyMailServer(url: string): Promise<void> {
  const transport = createTransport({ url, ...TIMEOUTS });
  try {
    await transport.verify();
  } catch (error) {
    throw new Error(`The mail server failed: ${factsOf(error)}`, { cause: error });
  } finally {
    transport.close();
  }
}

/** What nodemailer tells of a failure. Its message quotes addresses and the server's answer. */
interface SmtpFailure {
  readonly message?: string;
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

function toGatewayError(error: unknown): GatewayError {
  if (isRefusal(error)) return refusedAddress();
  const cause = new Error(`The mail server failed: ${factsOf(error)}`);
  return serviceUnavailable(cause, 'The mail cannot be sent now, try again', RETRY_AFTER_SECONDS);
}

/** Without the message. */
function factsOf(error: unknown): string {
  const { code, command, responseCode } = error as SmtpFailure;
  const facts = [code, command, responseCode].filter((fact) => fact !== undefined);
  return facts.length === 0 ? 'no answer in time' : facts.join(' ');
}

function refusedAddress(): GatewayError<'BAD_USER_INPUT'> {
  return badInput('The mail server refuses the e-mail address', '/email');
}

/** Whether the recipient is refused for good: by the server, or for characters no server takes. */
function isRefusal(error: unknown): boolean {
  const { code, command, responseCode, message } = error as SmtpFailure;
  if (code !== 'EENVELOPE') return false;
  if (command === 'RCPT TO') return responseCode !== undefined && responseCode >= PERMANENT_REFUSAL;
  return command === 'API' && message?.startsWith('Invalid recipient') === true;
}
