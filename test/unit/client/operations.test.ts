import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import {
  LOG_IN,
  LOG_OUT,
  READ,
  REFRESH,
  REGISTER,
  UPDATE,
  WRITE,
} from '../../../client/src/operations.ts';

const FOLDER = join(import.meta.dirname, '../../../schema');
const sdl = readdirSync(FOLDER)
  .map((file) => readFileSync(join(FOLDER, file), 'utf8'))
  .join('\n');
const schema = buildSchema(sdl);

test.each([LOG_IN, LOG_OUT, READ, REFRESH, REGISTER, UPDATE, WRITE])(
  'the schema of the gateway has what is asked: $field',
  (operation) => {
    const document = parse(operation.query);
    expect(validate(schema, document)).toEqual([]);
    const [definition] = document.definitions;
    const fields =
      definition?.kind === 'OperationDefinition' ? definition.selectionSet.selections : [];
    expect(fields).toMatchObject([{ name: { value: operation.field } }]);
  },
);
