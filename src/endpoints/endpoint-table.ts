/** Which endpoint serves a request. */
import { ENDPOINT_METHODS, type Endpoint } from './endpoint.ts';

/** The endpoints of an app, by route. */
export type EndpointTable = ReturnType<typeof createEndpointTable>;

/** Creates the table; there is one endpoint of a method and route at most. */
export function createEndpointTable(endpoints: readonly Endpoint[]) {
  const byRoute = new Map<string, Map<string, Endpoint>>();
  for (const endpoint of endpoints) {
    const methods = byRoute.get(endpoint.route) ?? new Map<string, Endpoint>();
    byRoute.set(endpoint.route, methods.set(endpoint.method, endpoint));
  }
  return {
    /** The endpoint of a route for a method; one that is for any method comes last. */
    find(route: string, method: string): Endpoint | undefined {
      const methods = byRoute.get(route);
      return methods?.get(method) ?? methods?.get('*');
    },
    /** Methods that a route knows, in alphabetical order; none if there is no such route. */
    methodsOf(route: string): readonly string[] {
      const methods = byRoute.get(route);
      return [...(methods?.has('*') ? ENDPOINT_METHODS : (methods?.keys() ?? []))].sort();
    },
  };
}
