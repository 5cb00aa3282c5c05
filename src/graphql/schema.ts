/** The SDL in `schema/`. */
import { readdirSync, readFileSync } from 'node:fs';
import { type DocumentNode, parse } from 'graphql';
import { packageFile } from '../package-files.ts';

const SCHEMA_DIRECTORY = packageFile('schema/');

/** Reads and parses every `schema/*.graphql`. */
export function loadTypeDefs(): DocumentNode[] {
  return readdirSync(SCHEMA_DIRECTORY)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => parse(readFileSync(new URL(file, SCHEMA_DIRECTORY), 'utf8')));
}
