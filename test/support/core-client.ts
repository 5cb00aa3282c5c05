/**
 * Raw HTTP as the native SDKs (CORE) send it: a JSON content type with a charset on every request, be
 * there a body or not.
 */
import { type IncomingHttpHeaders, request } from 'node:http';

/** An answer as it came, headers included. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; `undefined` if it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever shape they asked for
  readonly json: any;
}

/** What to send. */
export interface RawRequest {
  readonly method: string;
  /** From the root of the server. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Sends one request, exactly these headers. */
export function sendRaw(
  url: string,
  { method, path, headers, body }: RawRequest,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const outgoing = request(
      { hostname, port, method, path, headers: { ...headers }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: text === '' ? undefined : JSON.parse(text),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends one request of a native SDK; `path` follows the prefix of the protocol. */
export type SendCore = (
  method: string,
  path: string,
  options?: { readonly token?: string; readonly body?: unknown },
) => Promise<RawAnswer>;

/** Creates a native SDK's transport to the gateway at `url`. */
export function createCoreClient(url: string): SendCore {
  return (method, path, { token, body } = {}) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    return sendRaw(url, {
      method,
      path: `/api/client/v2.0${path}`,
      headers: {
        'Content-Type': 'application/json;charset=utf-8',
        Accept: 'application/json',
        'Content-Length': String(Buffer.byteLength(text)),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: text,
    });
  };
}

/** The device that native SDKs describe at each log-in. */
export const CORE_OPTIONS = {
  device: {
    appId: 'myapp-abcde',
    platform: 'iOS',
    platformVersion: '17.0',
    sdk: 'Swift',
    sdkVersion: '10.54.0',
    cpuArch: 'arm64',
    deviceName: 'iPhone',
    deviceVersion: '15,2',
    frameworkName: '',
    frameworkVersion: '',
    coreVersion: '14.12.0',
    bundleId: 'com.example.app',
  },
};

/** The tokens of a new session. */
export interface CoreSession {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user_id: string;
  readonly device_id: string;
}

/** Logs in anonymously as a native SDK does. */
export async function logInCore(send: SendCore): Promise<CoreSession> {
  const answer = await send('POST', '/app/myapp-abcde/auth/providers/anon-user/login', {
    body: { options: CORE_OPTIONS, provider: 'anon-user' },
  });
  if (answer.status !== 200) throw new Error(`Log-in refused: ${answer.text}`);
  return answer.json;
}
