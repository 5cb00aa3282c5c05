/** What a function of an HTTPS endpoint describes its answer with: the second argument in App Services. */
import type { GuestValues } from '../guest-values.ts';

/** What a function has said of its answer, as `readEndpointReturn` reads it. */
export interface DescribedAnswer {
  readonly statusCode?: number;
  readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** A string, or a `Binary` of the function's context. */
  readonly body?: unknown;
}

const FIRST_STATUS = 200;
const LAST_STATUS = 599;

/** Creates the object for one call. Its methods fail with what is no status, header or body. */
export function createEndpointResponse({ library }: Pick<GuestValues, 'library'>) {
  let statusCode: number | undefined;
  let body: unknown;
  const headers = new Map<string, { readonly name: string; readonly values: string[] }>();
  const setHeader = (name: unknown, value: unknown) => {
    headers.set(keyOf(name), { name: String(name), values: [String(value)] });
  };

  return {
    methods: {
      setHeader,
      setStatusCode(code: unknown) {
        const status = Number(code);
        if (!Number.isInteger(status) || status < FIRST_STATUS || status > LAST_STATUS) {
          throw new RangeError(`A status code must be from ${FIRST_STATUS} to ${LAST_STATUS}`);
        }
        statusCode = status;
      },
      addHeader(name: unknown, value: unknown) {
        const known = headers.get(keyOf(name));
        if (known === undefined) setHeader(name, value);
        else known.values.push(String(value));
      },
      setBody(value: unknown) {
        body = toBody(value, library);
      },
    },
    /** What was said until now. */
    described: (): DescribedAnswer => ({
      ...(statusCode === undefined ? {} : { statusCode }),
      headers: [...headers.values()],
      ...(body === undefined ? {} : { body }),
    }),
  };
}

function keyOf(name: unknown): string {
  return String(name).toLowerCase();
}

function toBody(value: unknown, library: GuestValues['library']): unknown {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  const { Binary } = library();
  if (value instanceof Binary) return value;
  if (ArrayBuffer.isView(value)) {
    return new Binary(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  throw new TypeError('A body must be a string or a BSON.Binary');
}
