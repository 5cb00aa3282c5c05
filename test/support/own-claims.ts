/** Gateways with claims of the operator's own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryDirectory, type TestEnv } from './gateway.ts';

/** Files for the environment of a gateway. */
export interface ClaimsFiles {
  readonly env: TestEnv;
  /** Writes another claims file in the place of the one there is. */
  readonly rewrite: (claims: unknown) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Writes a claims file and, if one is given, a schema file. */
export async function writeClaimsFiles(claims: unknown, schema?: object): Promise<ClaimsFiles> {
  const { path, remove } = await createTemporaryDirectory();
  const file = join(path, 'claims.json');
  const rewrite = (content: unknown) => writeFile(file, JSON.stringify(content));
  await rewrite(claims);
  if (schema === undefined) return { env: { CLAIMS_FILE: file }, rewrite, remove };
  const schemaFile = join(path, 'schema.json');
  await writeFile(schemaFile, JSON.stringify(schema));
  return { env: { CLAIMS_FILE: file, CUSTOM_DATA_SCHEMA_FILE: schemaFile }, rewrite, remove };
}

/** The claims of a token that are the operator's own. */
export function ownClaimsOf(token: string): Record<string, unknown> {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const OTHERS =
    /^(iss|aud|client_id|sub|sid|jti|iat|exp|typ|user_data|user_data_rev|user_data_at|user_data_bytes)$/;
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !OTHERS.test(name)));
}
