/** An exported App Services app, made up after the vendor's documentation of its files. */

/** Of the present layout: everybody who logs in confirms an e-mail address first. */
export const EXPORTED_APP = {
  'root_config.json': {
    name: 'tasks',
    deployment_model: 'LOCAL',
    environment: 'testing',
    allowed_request_origins: ['https://tasks.example.com', 'https://admin.example.com:8443'],
  },
  '.mdb/meta.json': {
    config_version: 20230101,
    app_id: '42249d526d97af5a287c1eae',
    client_app_id: 'tasks-abcde',
  },
  'auth/custom_user_data.json': {
    enabled: true,
    mongo_service_name: 'mongodb-atlas',
    database_name: 'tasks',
    collection_name: 'profiles',
    user_id_field: 'owner',
    on_user_creation_function_name: 'createProfile',
  },
  'auth/providers.json': {
    'anon-user': { name: 'anon-user', type: 'anon-user', disabled: true },
    'api-key': { name: 'api-key', type: 'api-key', disabled: true },
    'local-userpass': {
      name: 'local-userpass',
      type: 'local-userpass',
      disabled: false,
      config: {
        autoConfirm: false,
        runConfirmationFunction: true,
        confirmationFunctionName: 'confirmUser',
        emailConfirmationUrl: '',
        runResetFunction: false,
        resetPasswordUrl: 'https://tasks.example.com/reset',
      },
    },
    'custom-function': {
      name: 'custom-function',
      type: 'custom-function',
      disabled: false,
      config: { authFunctionName: 'logInByBadge' },
    },
    'oauth2-facebook': {
      name: 'oauth2-facebook',
      type: 'oauth2-facebook',
      disabled: false,
      config: { clientId: '1234' },
      secret_config: { clientSecret: 'facebookSecret' },
    },
  },
  'functions/config.json': [
    { name: 'createProfile', private: true },
    { name: 'confirmUser', private: true },
    { name: 'logInByBadge', private: true },
    { name: 'countTasks', private: false },
  ],
  'functions/createProfile.js': `exports = ({ data }) => {
    if (data.email === 'unwanted@example.com') throw new Error('not wanted');
  };`,
  'functions/confirmUser.js': `exports = ({ username }) => ({
    status: username.endsWith('@example.com') ? 'success' : 'pending',
  });`,
  'functions/logInByBadge.js': 'exports = ({ badge }) => badge;',
  'functions/countTasks.js': 'exports = () => context.environment.values.tasks;',
  'environments/testing.json': { values: { tasks: 3 } },
  'data_sources/mongodb-atlas/config.json': {
    name: 'mongodb-atlas',
    type: 'mongodb-atlas',
    config: { clusterName: 'Cluster0' },
  },
  'data_sources/mongodb-atlas/default_rule.json': { roles: [] },
  'data_sources/mongodb-atlas/tasks/items/rules.json': {
    database: 'tasks',
    collection: 'items',
    roles: [],
  },
  'data_sources/mongodb-atlas/tasks/items/schema.json': { title: 'Item' },
  'triggers/onItem.json': { name: 'onItem', type: 'DATABASE', function_name: 'countTasks' },
  'triggers/nightly.json': { name: 'nightly', type: 'SCHEDULED', disabled: true },
  'triggers/onEvent.json': {
    name: 'onEvent',
    type: 'AUTHENTICATION',
    config: { operation_type: 'LOGIN', providers: ['local-userpass'] },
    event_processors: { AWS_EVENTBRIDGE: { config: { account_id: '012345678901' } } },
  },
  'triggers/onLogIn.json': {
    name: 'onLogIn',
    type: 'AUTHENTICATION',
    disabled: false,
    config: { operation_type: 'LOGIN', providers: ['local-userpass', 'custom-function'] },
    event_processors: { FUNCTION: { config: { function_name: 'countTasks' } } },
  },
  'https_endpoints/config.json': [
    {
      ...{ route: '/tasks', http_method: 'POST', function_name: 'countTasks' },
      ...{ validation_method: 'NO_VALIDATION', secret_name: 'aSecret', respond_result: true },
    },
  ],
  'https_endpoints/data_api_config.json': { disabled: false, versions: ['v1'] },
  'services/mailer/config.json': { name: 'mailer', type: 'http' },
  'services/mailer/incoming_webhooks/bounced/config.json': { name: 'bounced' },
  'graphql/custom_resolvers/query_tasks.json': { on_type: 'Query', field_name: 'tasks' },
  'sync/config.json': { type: 'flexible', state: 'enabled' },
  'hosting/config.json': { enabled: true },
  'log_forwarders/errors.json': { name: 'errors' },
} as const;

/** Of the layout before: the same in other files. */
export const OLD_EXPORTED_APP = {
  'config.json': {
    app_id: 'tasks-abcde',
    config_version: 20180301,
    name: 'tasks',
    security: { allowed_request_origins: ['https://tasks.example.com'] },
    custom_user_data_config: {
      enabled: true,
      mongo_service_name: 'mongodb-atlas',
      database_name: 'tasks',
      collection_name: 'profiles',
      user_id_field: 'owner',
    },
  },
  'auth_providers/anon-user.json': { name: 'anon-user', type: 'anon-user', disabled: false },
  'auth_providers/api-key.json': { name: 'api-key', type: 'api-key', disabled: true },
  'auth_providers/local-userpass.json': {
    name: 'local-userpass',
    type: 'local-userpass',
    config: { autoConfirm: true, runResetFunction: true, resetFunctionName: 'resetPassword' },
    disabled: false,
  },
  'functions/resetPassword/config.json': { name: 'resetPassword', private: true },
  'functions/resetPassword/source.js': "exports = () => ({ status: 'fail' });",
  'services/mongodb-atlas/config.json': { name: 'mongodb-atlas', type: 'mongodb-atlas' },
  'services/mongodb-atlas/rules/tasks.items.json': { database: 'tasks', collection: 'items' },
} as const;
