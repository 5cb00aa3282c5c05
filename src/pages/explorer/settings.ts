/** What the gateway says of itself in the page. */
import type { SchemaField } from '../shared/field-list.tsx';

/** A way to log in, as `PROVIDERS` names it. */
export type Provider =
  | 'anonymous'
  | 'email-password'
  | 'api-key'
  | 'custom-jwt'
  | 'custom-function'
  | 'google'
  | 'apple';

/** The gateway that the page is of. */
export interface Settings {
  readonly appName: string;
  /** The fields of the operator's schema; left out: there is none, or it is told nobody. */
  readonly fields?: readonly SchemaField[];
  /** Whether former revisions of documents are kept. */
  readonly hasHistory: boolean;
  readonly introspection: boolean;
  readonly providers: readonly Provider[];
  /** Largest `Authorization` header value, in bytes. */
  readonly tokenBudgetBytes: number;
}

/** Reads them. */
export function readSettings(): Settings {
  return JSON.parse(document.body.dataset['settings'] ?? '{}');
}

/** The endpoint, which is beside the page. */
export const ENDPOINT = new URL('graphql', document.baseURI).href;
