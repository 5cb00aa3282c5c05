import { describe, expect, test } from '@jest/globals';
import { convertSnapshot } from '../../../src/custom-data/convert-snapshot.ts';
import { formatExtendedJson } from '../../../src/custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../../../src/custom-data/extended-json-parse.ts';
import type { Document } from '../../../src/values/documents.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { decodeDocument, toHex } from '../../support/bson-bytes.ts';
import {
  type CorpusCase,
  describeWithVectors,
  readBsonCorpus,
} from '../../support/spec-vectors.ts';

/**
 * Cases of the relaxed form that we keep canonical on purpose, because a JavaScript number would
 * lose the value: int64 beyond 2^53, and -0, which JSON.stringify writes as 0.
 */
const KEPT_CANONICAL = new Set(['int64.json MinValue', 'int64.json MaxValue', 'double.json -0.0']);

function bytesOf(testCase: CorpusCase): string {
  return (testCase.converted_bson ?? testCase.canonical_bson).toLowerCase();
}

function parseToHex(extendedJson: string): string {
  return toHex(parseExtendedJson(JSON.parse(extendedJson)) as Document);
}

/** Canonical text differs between libraries in the notation of doubles only. */
function normalizeDoubles(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) =>
    key === '$numberDouble' ? String(Number(value)) : value,
  );
}

/** `test.each`, which refuses an empty table. */
function testEach<T extends object>(cases: readonly T[], name: string, run: (testCase: T) => void) {
  if (cases.length > 0) test.each(cases)(name, run);
}

/** `describe.each`, which refuses an empty table. */
function describeEach<T extends { file: string }>(files: readonly T[], suite: (file: T) => void) {
  for (const file of files) describe(file.file, () => suite(file));
}

const corpus = readBsonCorpus();

describeWithVectors('BSON corpus', () => {
  test('has all its files', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(31);
  });

  describeEach(corpus, ({ file, valid, parseErrors }) => {
    // Symbols are kept, although the corpus offers a conversion for them as well.
    const lossless = valid.filter(({ lossy }) => lossy !== true);
    const cases = file === 'multi-type-deprecated.json' ? [] : lossless;
    const keepsType = file === 'symbol.json';
    const expected = (testCase: CorpusCase) =>
      keepsType ? testCase.canonical_bson.toLowerCase() : bytesOf(testCase);

    testEach(cases, 'canonical Extended JSON parses to its bytes: $description', (testCase) => {
      expect(parseToHex(testCase.canonical_extjson)).toBe(expected(testCase));
    });

    testEach(cases, 'bytes format as canonical Extended JSON: $description', (testCase) => {
      const text =
        file === 'dbpointer.json' ? testCase.converted_extjson : testCase.canonical_extjson;
      const document = decodeDocument(Buffer.from(testCase.canonical_bson, 'hex'));
      const formatted = JSON.stringify(formatExtendedJson(document, 'canonical'));
      expect(normalizeDoubles(formatted)).toStrictEqual(normalizeDoubles(text as string));
    });

    const degenerate = cases.filter((testCase) => testCase.degenerate_extjson !== undefined);
    testEach(degenerate, 'degenerate Extended JSON parses: $description', (testCase) => {
      expect(parseToHex(testCase.degenerate_extjson as string)).toBe(expected(testCase));
    });

    const degenerateBson = cases.filter((testCase) => testCase.degenerate_bson !== undefined);
    testEach(degenerateBson, 'degenerate bytes format the same: $description', (testCase) => {
      const document = decodeDocument(Buffer.from(testCase.degenerate_bson as string, 'hex'));
      expect(formatExtendedJson(document, 'canonical')).toStrictEqual(
        JSON.parse(testCase.canonical_extjson),
      );
    });

    const relaxed = cases.filter(
      ({ description, relaxed_extjson: text }) =>
        text !== undefined && !KEPT_CANONICAL.has(`${file} ${description}`),
    );
    testEach(relaxed, 'relaxed Extended JSON, both ways: $description', (testCase) => {
      const text = JSON.parse(testCase.relaxed_extjson as string) as JsonObject;
      const document = decodeDocument(Buffer.from(testCase.canonical_bson, 'hex'));
      expect(formatExtendedJson(document, 'relaxed')).toStrictEqual(text);
      expect(formatExtendedJson(parseExtendedJson(text), 'relaxed')).toStrictEqual(text);
    });

    testEach(valid, 'a claim converts as the document formats: $description', (testCase) => {
      const document = decodeDocument(Buffer.from(testCase.canonical_bson, 'hex'));
      const canonical = formatExtendedJson(document, 'canonical') as JsonObject;
      expect(convertSnapshot(canonical, 'CANONICAL')).toBe(canonical);
      expect(convertSnapshot(canonical, 'RELAXED')).toStrictEqual(
        formatExtendedJson(document, 'relaxed'),
      );
    });

    const refusals = parseErrors.filter(({ string: text }) => text.startsWith('{'));
    testEach(refusals, 'is refused: $description', ({ string: text }) => {
      expect(() => parseExtendedJson(JSON.parse(text))).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT' }),
      );
    });

    const decimals = parseErrors.filter(({ string: text }) => !text.startsWith('{'));
    testEach(decimals, 'is no decimal: $description, $string', ({ string: text }) => {
      expect(() => parseExtendedJson({ d: { $numberDecimal: text } })).toThrow(
        expect.objectContaining({ code: 'BAD_USER_INPUT', details: { path: '/d' } }),
      );
    });
  });

  test('all types at once, deprecated ones converted', () => {
    const file = corpus.find((candidate) => candidate.file === 'multi-type-deprecated.json');
    const testCase = file?.valid[0] as CorpusCase;
    const converted = JSON.parse(testCase.converted_extjson as string) as Record<string, unknown>;
    // The conversion of symbols to strings is not needed: the library writes them.
    const parsed = parseExtendedJson(JSON.parse(testCase.canonical_extjson));
    expect(formatExtendedJson(parsed, 'canonical')).toStrictEqual({
      ...converted,
      Symbol: { $symbol: 'symbol' },
    });
  });
});
