/** Schemas for tests. */

import {
  type CustomDataSchema,
  createCustomDataSchema,
} from '../../src/custom-data/schema/custom-data-schema.ts';
import type { FieldNode } from '../../src/custom-data/schema/field-tree.ts';
import { projectDocument } from '../../src/custom-data/schema/projection.ts';
import type { NextDocument } from '../../src/custom-data/schema/protection.ts';
import type { Document } from '../../src/values/documents.ts';

/** A schema of an object with these properties, and whatever else is given. */
export function objectSchema(properties: object, rest: object = {}): CustomDataSchema {
  return createCustomDataSchema({ type: 'object', properties, ...rest }, { userIdField: 'userId' });
}

/** The fields of an object with these properties. */
export function fieldsOf(properties: object): FieldNode {
  return objectSchema(properties).root;
}

/** The document that a write leaves behind which names none of the fields that its user does not see. */
export function nextDocument(document: Document, root: FieldNode): NextDocument {
  return { document, visible: projectDocument(document, root, 'user'), named: new Set() };
}

/** A schema with a field of every kind, as an operator may have it. */
export const PROFILE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['role'],
  $defs: {
    address: {
      type: 'object',
      properties: {
        city: { type: 'string', minLength: 2 },
        verified: { type: 'boolean', readOnly: true },
        riskScore: { type: 'number', readOnly: true, writeOnly: true },
        doorCode: { type: 'string', minLength: 4, writeOnly: true },
      },
      additionalProperties: false,
    },
  },
  properties: {
    nickname: { type: 'string', maxLength: 20, description: 'What others call the user' },
    age: { type: 'integer', minimum: 13 },
    score: { type: 'number' },
    subscribed: { type: 'boolean' },
    theme: { type: ['string', 'null'], enum: ['light', 'dark', null] },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 5 },
    role: { type: 'string', readOnly: true },
    plan: {
      type: 'object',
      readOnly: true,
      properties: {
        level: { type: 'integer' },
        invoice: { type: 'string', writeOnly: true },
      },
    },
    fraud: {
      type: 'object',
      readOnly: true,
      writeOnly: true,
      properties: { level: { type: 'integer' }, notes: { type: 'string' } },
    },
    pin: { type: 'string', minLength: 4, writeOnly: true, description: 'To unlock the app' },
    recovery: {
      type: 'object',
      writeOnly: true,
      required: ['answer'],
      properties: { question: { type: 'string' }, answer: { type: 'string' } },
      additionalProperties: false,
    },
    address: { $ref: '#/$defs/address' },
    photos: { type: 'array', 'x-token': false, items: { type: 'string', format: 'uri' } },
    born: { type: 'string', 'x-bson': 'date' },
    visits: { type: 'integer', 'x-bson': 'long' },
    balance: { type: 'string', 'x-bson': 'decimal' },
    device: { type: 'string', 'x-bson': 'uuid' },
    friend: { type: 'string', 'x-bson': 'objectId' },
    avatar: { type: 'string', 'x-bson': 'binary' },
    anything: {},
  },
} as const;
