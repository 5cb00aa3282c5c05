/**
 * Request bodies. Members that nobody asked for are ignored: clients send their device, the provider
 * again and more.
 */
import { parseExtendedJson } from '../custom-data/extended-json-parse.ts';
import { ProtocolError } from './protocol-error.ts';

/** A JSON object as it came. */
export type Body = Readonly<Record<string, unknown>>;

/** The body as an object; an absent one is empty. Fails with `InvalidParameter`. */
export function readBody(body: unknown): Body {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body as Body;
  throw invalid('the body must be a JSON object');
}

/** A member that must be text. Fails with `MissingParameter` or `InvalidParameter`. */
export function readText(body: Body, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (typeof value === 'string') return value;
  if (value !== undefined) throw invalid(`'${name}' must be a string`);
  throw new ProtocolError(400, `missing parameter '${name}'`, 'MissingParameter');
}

/**
 * The member `arguments`, an array of Extended JSON, as BSON values; none if it is absent. Fails with
 * `InvalidParameter`.
 */
export function readArguments(body: Body): readonly unknown[] {
  const { arguments: given } = body;
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw invalid("'arguments' must be an array");
  // With its name around it, so that the path in an error starts at the body.
  const parsed = parseExtendedJson({ arguments: given }) as { readonly arguments: unknown[] };
  return parsed.arguments;
}

function invalid(error: string): ProtocolError {
  return new ProtocolError(400, error, 'InvalidParameter');
}
