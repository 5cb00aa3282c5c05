/** What a schema adds to the GraphQL API: types, and resolvers of one line. */
import type { DocumentNode } from 'graphql';
import type { CustomDataSchema } from '../../custom-data/schema/custom-data-schema.ts';
import type { MutationWriteCustomUserDataArgs, WriteMode } from '../../generated/graphql.ts';
import type { AccessClaims } from '../../token/claims.ts';
import type { GraphQLContext } from '../context.ts';
import { snapshotOf } from '../me.ts';
import { createTypeDefs } from './type-defs.ts';
import { createTypedModel, type TypedObject } from './typed-model.ts';
import { TYPED_SCALARS } from './typed-scalars.ts';
import { readField, type TypedValue, toDocument } from './typed-values.ts';

/** A resolver map whose types are known only when the schema is. */
export type TypedResolvers = Readonly<Record<string, unknown>>;

/** Creates the types and resolvers of a schema without problems. */
export function createTypedApi(schema: CustomDataSchema): {
  readonly typeDefs: DocumentNode;
  readonly resolvers: TypedResolvers;
} {
  const model = createTypedModel(schema.root);
  const [input] = model.inputs;
  return {
    typeDefs: createTypeDefs(model),
    resolvers: {
      ...(model.objects.length > 0
        ? {
            User: {
              customUserData: (claims: AccessClaims, _args: unknown, context: GraphQLContext) =>
                typedSnapshot(claims, schema, context),
            },
          }
        : {}),
      ...(input === undefined ? {} : { Mutation: createMutations(input, model.inputs) }),
      ...Object.fromEntries(model.objects.map(createFieldResolvers)),
      ...Object.fromEntries(model.scalars.map((name) => [name, TYPED_SCALARS[name]])),
    },
  };
}

function typedSnapshot(
  claims: AccessClaims,
  schema: CustomDataSchema,
  { budgetBytes }: GraphQLContext,
): TypedValue | null {
  const json = snapshotOf(claims, schema, budgetBytes);
  return json === null ? null : { json, path: '' };
}

/** `mode` has a default. */
type WriteArguments = MutationWriteCustomUserDataArgs & { readonly mode: WriteMode };

function createMutations(input: TypedObject, inputs: readonly TypedObject[]) {
  return {
    writeTypedCustomUserData: async (
      _root: unknown,
      { newCustomUserData, ...request }: WriteArguments,
      { sessions, requireCaller }: GraphQLContext,
    ) =>
      sessions.writeCustomUserData(await requireCaller(), {
        ...request,
        newCustomUserData: toDocument(newCustomUserData, input, inputs),
      }),
  };
}

function createFieldResolvers({ name, fields }: TypedObject): [string, TypedResolvers] {
  const resolvers = fields.map((field) => [
    field.name,
    (parent: TypedValue) => readField(parent, field),
  ]);
  return [name, Object.fromEntries(resolvers)];
}
