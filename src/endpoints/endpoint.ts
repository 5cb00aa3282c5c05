/** HTTPS endpoints of an exported App Services app, as its `https_endpoints/config.json` describes them. */

/** Methods that an endpoint can be for; `*` of an app stands for each of them. */
export const ENDPOINT_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** How a result is written: with the types that JSON has, or as canonical Extended JSON. */
export type ResultFormat = 'JSON' | 'EJSON';

/** What a request has to show beside who sends it. */
export type RequestProof =
  | { readonly type: 'none' }
  /** The secret itself, as `?secret=`. */
  | { readonly type: 'secret'; readonly secret: string }
  /** A signature of the body by the secret. */
  | { readonly type: 'signature'; readonly secret: string };

/** One endpoint. */
export interface Endpoint {
  /** Begins with a slash; the last part of the path. */
  readonly route: string;
  /** `*`: any of `ENDPOINT_METHODS` that no other endpoint of the route is for. */
  readonly method: (typeof ENDPOINT_METHODS)[number] | '*';
  /** Name of the function that serves it. */
  readonly functionName: string;
  readonly proof: RequestProof;
  /** Unless the request wants the other one. */
  readonly format: ResultFormat;
  /** Whether the answer is the function's; otherwise it is empty. */
  readonly respondsWithResult: boolean;
  /** Whether the function sees the user's custom data. */
  readonly readsCustomData: boolean;
  /** Whether credentials that are right make an account if there is none yet. */
  readonly createsUsers: boolean;
}

/** How the log names an endpoint. */
export function nameOf({ method, route }: Pick<Endpoint, 'method' | 'route'>): string {
  return `${method} ${route}`;
}
