/** Variables of the users' documents. */
import { z } from 'zod';
import { flag, integer, name, oneOf, type Variable } from './values.ts';

/** In the order of the README's table. */
export const CUSTOM_DATA_VARIABLES = {
  CUSTOM_DATA_DATABASE: {
    at: 'customData.database',
    schema: name('a MongoDB database name', /^[^/\\. "$*<>:|?\0]{1,63}$/),
    default: 'custom-user-data-database',
    description: 'Database of the documents',
  },
  CUSTOM_DATA_COLLECTION: {
    at: 'customData.collection',
    schema: name('a MongoDB collection name', /^(?!system\.)[^$\0]{1,120}$/),
    default: 'custom-user-data',
    description: 'Collection of the documents',
  },
  CUSTOM_DATA_USER_ID_FIELD: {
    at: 'customData.userIdField',
    schema: name('a top-level field name without "." or "$"', /^[^$.\0][^.\0]*$/),
    default: 'userId',
    description: 'Field of the document that holds the user id',
  },
  CUSTOM_DATA_CLAIM_ENCODING: {
    at: 'customData.claimEncoding',
    schema: oneOf(['canonical', 'relaxed']),
    default: 'canonical',
    description: 'Extended JSON form of the `user_data` claim: `canonical` or `relaxed`',
  },
  CUSTOM_DATA_SCHEMA_FILE: {
    at: 'customData.schemaFile',
    schema: z.string().optional(),
    description:
      'JSON Schema of the documents: types, who may write and see a field, what tokens carry',
  },
  TOKEN_BUDGET_BYTES: {
    at: 'token.budgetBytes',
    schema: integer(1024, 60_000),
    default: '8000',
    description: 'Largest `Authorization` header value a write may lead to, in bytes',
  },
  CLAIMS_FILE: {
    at: 'token.claimsFile',
    schema: z.string().optional(),
    description: 'JSON template of [claims of your own](docs/claims.md) in access tokens',
  },
  CUSTOM_DATA_HISTORY: {
    at: 'customData.history',
    schema: integer(0, 1000),
    default: '0',
    description: 'How many revisions of each document are kept; 0 keeps no history',
  },
  CUSTOM_DATA_CLIENT_ACCESS: {
    at: 'customData.clientAccess',
    schema: oneOf(['off', 'read', 'write']),
    default: 'off',
    description:
      'What App Services clients may do with their own document through the `mongodb-atlas` service: `off`, `read` or `write`',
  },
  DELETE_CUSTOM_DATA_WITH_USER: {
    at: 'customData.deleteWithUser',
    schema: flag,
    default: 'false',
    description: 'Whether deleting a user deletes the document too',
  },
} as const satisfies Record<string, Variable>;
