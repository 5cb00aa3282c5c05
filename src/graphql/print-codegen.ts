/** A configuration of GraphQL Code Generator for clients of the API. */
import { isScalarType, isSpecifiedScalarType } from 'graphql';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { buildApi } from './print-api.ts';

/** Scalars that do not travel as a string both ways, as TypeScript. */
const TYPES: Readonly<Record<string, string>> = {
  JSON: "'unknown'",
  Long: "{ input: 'string | number', output: 'string' }",
};

/**
 * A `codegen.ts` for the client preset of GraphQL Code Generator: with the scalars of the API that `schema` extends, each
 * mapped, so that none is `any`. `url`: of the GraphQL endpoint.
 */
export function printCodegen(schema: CustomDataSchema | null, url: string): string {
  const scalars = Object.values(buildApi(schema).getTypeMap())
    .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => `          ${name}: ${TYPES[name] ?? "'string'"},\n`);
  return `import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: ${JSON.stringify(url)},
  documents: ['src/**/*.{ts,tsx}'],
  ignoreNoDocuments: true,
  generates: {
    './src/gql/': {
      preset: 'client',
      config: {
        scalars: {
          ID: 'string',
${scalars.join('')}        },
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
`;
}
