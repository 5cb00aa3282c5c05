/** A configuration of GraphQL Code Generator for clients of the API. */
import { isScalarType, isSpecifiedScalarType } from 'graphql';
import { type ApiParts, buildApi } from './print-api.ts';

/** Scalars that do not travel as a string both ways, as TypeScript. */
const TYPES: Readonly<Record<string, string>> = {
  JSON: "'unknown'",
  _Any: "'unknown'",
  Long: "{ input: 'string | number', output: 'string' }",
};

/**
 * A `codegen.ts` for the client preset of GraphQL Code Generator: with the scalars of the API, each
 * mapped, so that none is `any`. `url`: of the GraphQL endpoint.
 */
export function printCodegen(parts: ApiParts, url: string): string {
  const scalars = Object.values(buildApi(parts).getTypeMap())
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
