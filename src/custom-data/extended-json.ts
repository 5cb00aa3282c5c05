/** Extended JSON v2: the public surface of parsing, formatting and converting. */
export { convertSnapshot, type SnapshotFormat } from './extended-json-convert.ts';
export { type ExtendedJsonMode, formatExtendedJson } from './extended-json-format.ts';
export { parseExtendedJson } from './extended-json-parse.ts';
