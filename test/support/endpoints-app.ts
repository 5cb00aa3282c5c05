/** An exported app with HTTPS endpoints, made up after the vendor's documentation. */

/** Members of an entry of `https_endpoints/config.json` that a test does not care about. */
const PLAIN = {
  validation_method: 'NO_VALIDATION',
  respond_result: true,
  fetch_custom_user_data: false,
  create_user_on_auth: false,
  disabled: false,
  return_type: 'JSON',
};

/** An entry for a method, a route and a function. */
export function endpoint(method: string, route: string, name: string, more: object = {}): object {
  return { http_method: method, route, function_name: name, ...PLAIN, ...more };
}

/** What one function is: its text, and its entry in `functions/config.json` but for the name. */
export interface FunctionOfApp {
  readonly source: string;
  readonly entry?: object;
}

/** The files of an app of these functions, which run as the system unless their entry says otherwise. */
export function filesOf(
  functions: Readonly<Record<string, FunctionOfApp>>,
  endpoints: unknown,
  folder = 'https_endpoints',
): Record<string, unknown> {
  const sources = Object.entries(functions).map(([name, { source }]) => [
    `functions/${name}.js`,
    source,
  ]);
  return {
    ...(Object.fromEntries(sources) as Record<string, unknown>),
    'root_config.json': { name: 'tasks' },
    'functions/config.json': Object.entries(functions).map(([name, { entry }]) => ({
      name,
      private: false,
      run_as_system: true,
      ...entry,
    })),
    [`${folder}/config.json`]: endpoints,
  };
}
