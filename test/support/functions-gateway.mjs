// A process that runs one function, as the gateway does, until someone kills it.
// Usage: node functions-gateway.mjs <app directory> <function> <argument>
import { loadApp } from '../../build/functions/app/load-app.js';
import { createFunctions } from '../../build/functions/create-functions.js';
import { createLog } from '../../build/log.js';

const [directory = '', name = '', argument] = process.argv.slice(2);
const app = await loadApp(directory, {
  environment: 'no-environment',
  isStrict: false,
  packagesDir: null,
  secretsFile: undefined,
});
const functions = createFunctions(app, {
  appId: 'myapp-abcde',
  data: () => Promise.reject(new Error('There is no database here')),
  documents: { database: 'd', collection: 'users', userIdField: 'userId' },
  log: createLog('silent'),
  timeoutSeconds: 300,
  memoryMb: 64,
  threads: 1,
});
/** @type {import('../../src/functions/function-user.ts').FunctionUser} */
const user = { id: 'u', type: 'normal', data: {}, custom_data: {}, identities: [] };
await functions.call({ name, args: [Number(argument)], user, origin: 'client' });
