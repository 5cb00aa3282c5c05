/** Sends one HTTP request with exactly these headers, and gives the answer as it came. */
import { Agent, type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An answer, without what differs each time. */
export interface RawAnswer {
  readonly status: number;
  /** Names and values in turns, as they came, but for the values of `date` and `x-request-id`. */
  readonly headers: readonly string[];
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** Sends a body to `/graphql`. */
export async function postRaw(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<RawAnswer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { method: 'POST', agent, headers };
    send(`${url}/graphql`, options, resolve).on('error', reject).end(body);
  });
  const shown: string[] = [];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = answer.rawHeaders.slice(index);
    shown.push(name, /^(?:date|x-request-id)$/i.test(name) ? '…' : value);
  }
  return {
    status: answer.statusCode ?? 0,
    headers: shown,
    body: (await buffer(answer)).toString(),
  };
}
