/** Functions of an app in real processes, with a database that only takes note. */
import { Writable } from 'node:stream';
import { afterAll, beforeAll } from '@jest/globals';
import { loadApp } from '../../src/functions/app/load-app.ts';
import { createFunctions } from '../../src/functions/create-functions.ts';
import type { FunctionCall, Functions } from '../../src/functions/functions.ts';
import { createLog } from '../../src/log.ts';
import type { DataOperation } from '../../src/store/port.ts';
import { type AppDirectory, PLAIN_APP, writeApp } from './functions-app.ts';

/** What one test may change. */
export interface AppFunctionsOptions {
  readonly timeoutSeconds?: number;
  readonly threads?: number;
}

/** The functions, and what was seen of them. */
export interface AppFunctions {
  readonly path: () => string;
  /** More functions of the same app, which are closed in the end. */
  readonly create: (options?: AppFunctionsOptions) => Promise<Functions>;
  readonly call: (
    name: string,
    args?: readonly unknown[],
    more?: { readonly userId?: string; readonly on?: Functions } & Partial<FunctionCall>,
  ) => Promise<unknown>;
  readonly logText: () => string;
  readonly operations: readonly DataOperation[];
}

/** Writes the app and starts its functions before all tests. */
export function useAppFunctions(
  sources: Readonly<Record<string, string>>,
  { files = {}, ...options }: AppFunctionsOptions & { readonly files?: object } = {},
): AppFunctions {
  let app: AppDirectory;
  let functions: Functions;
  const created: Functions[] = [];
  let logText = '';
  const operations: DataOperation[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logText += chunk.toString();
      done();
    },
  });

  async function create({ threads = 4, timeoutSeconds = 1 }: AppFunctionsOptions = {}) {
    const made = createFunctions(await loadApp(app.path, PLAIN_APP), {
      ...{ appId: 'myapp-abcde', timeoutSeconds, memoryMb: 64, threads },
      documents: { database: 'd', collection: 'users', userIdField: 'userId' },
      log: createLog('info', destination),
      data: async () => ({
        run: async (operation) => {
          operations.push(operation);
          return { insertedId: 1 };
        },
        names: async () => [],
      }),
    });
    created.push(made);
    return made;
  }

  beforeAll(async () => {
    const texts = Object.entries(sources).map(([name, text]) => [`functions/${name}.js`, text]);
    app = await writeApp({ ...files, ...Object.fromEntries(texts) });
    functions = await create(options);
  });
  afterAll(async () => {
    await Promise.all(created.map((made) => made.close()));
    await app.remove();
  });

  return {
    path: () => app.path,
    create,
    async call(name, args = [], { on = functions, userId = 'user', ...more } = {}) {
      const user = { type: 'normal', data: {}, custom_data: {}, identities: [] } as const;
      const call = { name, args, origin: 'client', user: { ...user, id: userId } } as const;
      return on.call({ ...call, ...more });
    },
    logText: () => logText,
    operations,
  };
}
