/** Server-sent events as the gateway sends them (`event` and `data`, one line each), read from the body of an answer. */

/** What is used of a body. */
export interface Body {
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: unknown }> };
}

/** What is used of where it runs to read one. */
export interface Decoding {
  readonly TextDecoder: new () => {
    decode(chunk: never, options: { readonly stream: true }): string;
  };
}

/** An event. A comment has no name. */
export interface Event {
  readonly name: string;
  readonly data: string;
}

/** Characters of an event: many times as long as the longest token with its document. */
const MAX_EVENT = 4_000_000;

/** Shows each event of a body to `onEvent`; resolves at its end. */
export async function readEvents(
  { TextDecoder }: Decoding,
  body: Body,
  onEvent: (event: Event) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value as never, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    if (text.length > MAX_EVENT) throw new Error('The event is too long');
    for (const event of events) onEvent(parse(event));
  }
}

function parse(event: string): Event {
  const fields = { event: '', data: '' };
  for (const line of event.split('\n')) {
    const [, name, value = ''] = /^(event|data): ?(.*)/.exec(line) ?? [];
    if (name === 'event' || name === 'data') fields[name] = value;
  }
  return { name: fields.event, data: fields.data };
}
