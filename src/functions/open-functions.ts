/** What the gateway has of this folder: the operator's functions, opened for its core. */
import type { Config } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import type {
  FunctionsReport,
  OpenFunctionsParts,
  OperatorFunctions,
} from '../session/operator-functions.ts';
import type { AppDefinition } from './app/app-definition.ts';
import { loadApp } from './app/load-app.ts';
import { createAuthFunctions, findLogIn } from './auth-functions.ts';
import { createFunctions } from './create-functions.ts';
import { readEndpointReturn } from './endpoint-return.ts';
import { describeFunctionUser, SYSTEM_USER } from './function-user.ts';
import type { Functions } from './functions.ts';
import { findUsable } from './triggers/usable-triggers.ts';

export { openTriggers } from './triggers/open-triggers.ts';

/** Opens the functions of `FUNCTIONS_DIR`: `OpenFunctions`. */
export async function openFunctions(parts: OpenFunctionsParts): Promise<OperatorFunctions> {
  const { config, log, observeCall, store, tracing } = parts;
  const { appId, customData, functions } = config;
  const { timeoutSeconds, memoryMb, threads } = functions;
  const app = await loadConfigured(config, functions.packagesDir);
  reportApp(app, log);
  const created = createFunctions(app, {
    appId,
    log,
    observeCall,
    tracing,
    timeoutSeconds,
    memoryMb,
    threads,
    data: () => store.dataService(),
    documents: customData,
  });
  return connectFunctions(created, parts);
}

/** Looks at them, for `check`. Packages in an archive are judged, not unpacked. */
export async function inspectFunctions(config: Config): Promise<FunctionsReport> {
  const { functions, problems, withoutEntry } = await loadConfigured(config, null);
  const has = (name: string) => functions.has(name);
  findLogIn({ has }, config, createLog('silent'));
  const triggers = findUsable(config.functions, has);
  const facts = Array.from(functions.values(), ({ name, isPrivate, runAsSystem }) => {
    return { name, isPrivate, runAsSystem };
  });
  return { functions: facts, problems: [...problems, ...triggers.problems], withoutEntry };
}

async function loadConfigured(
  { functions }: Config,
  packagesDir: string | null,
): Promise<AppDefinition> {
  if (functions.dir === undefined) throw new Error('FUNCTIONS_DIR is not set');
  return loadApp(functions.dir, { ...functions, packagesDir });
}

/** What an operator would want to know of the functions before somebody calls them. */
function reportApp({ problems, withoutEntry }: AppDefinition, log: Log): void {
  for (const problem of problems) log.warn({ problem }, 'a part of the functions cannot be used');
  if (withoutEntry.length === 0) return;
  log.warn(
    { functions: withoutEntry },
    'functions without an entry in functions/config.json are public: everybody who is logged in may call them',
  );
}

/** Connects functions, however they run, with the core. */
export function connectFunctions(
  functions: Functions,
  { config, log, noteChange }: Omit<OpenFunctionsParts, 'store'>,
): OperatorFunctions {
  const { collection, database } = config.customData;
  /** Of what a function wrote to, only the users' documents are of concern. */
  const onWritten = (userId: string) => async (written: ReadonlySet<string>) => {
    if (written.has(`${database}.${collection}`)) await noteChange(userId);
  };
  return {
    has: functions.has,
    callFunction: ({ customData, user, ...call }) =>
      functions.call({
        ...call,
        user: describeFunctionUser(user, customData),
        origin: 'client',
        onWritten: onWritten(user.userId),
      }),
    callAsSystem: (name, args, about) =>
      functions.call({
        name,
        args,
        user: SYSTEM_USER,
        origin: 'system',
        ...(about === undefined ? {} : { onWritten: onWritten(about) }),
      }),
    describe: functions.describe,
    callEndpoint: async ({ argument, customData, user, ...call }) =>
      readEndpointReturn(
        call.name,
        await functions.call({
          ...call,
          args: [argument],
          origin: 'endpoint',
          ...(user === null
            ? { user: SYSTEM_USER }
            : {
                user: describeFunctionUser(user, customData),
                onWritten: onWritten(user.userId),
              }),
        }),
      ),
    canLogIn: findLogIn(functions, config, log),
    auth: createAuthFunctions(functions, config, onWritten),
    close: functions.close,
  };
}
