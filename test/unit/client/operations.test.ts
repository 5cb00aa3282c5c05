import { expect, test } from '@jest/globals';
import { parse, validate } from 'graphql';
import {
  LOG_IN,
  LOG_OUT,
  READ,
  REFRESH,
  REGISTER,
  UPDATE,
  WRITE,
} from '../../../client/src/operations.ts';
import { buildApi } from '../../../src/graphql/print-api.ts';

const schema = buildApi({ schema: null, federation: false });

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
