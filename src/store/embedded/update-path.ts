/** Paths of updates that name items of arrays by `$`, `$[]` or `$[identifier]`. */
import { type Document, isPlainObject } from '../../values/documents.ts';
import type { Filter } from '../port.ts';
import { compileFilter } from '../query/filter.ts';
import { createPositionFinder } from '../query/position.ts';

/** What the paths of an update may refer to. */
export interface PathContext {
  /** The filter that found the document, for `$`. */
  readonly filter?: Filter | undefined;
  /** Conditions on items, each on one identifier, for `$[identifier]`. */
  readonly arrayFilters?: readonly Document[] | undefined;
}

/** The paths in a document that a path of an update stands for. */
export type ExpandPath = (document: Document) => string[];

/** Chooses items of the array at `path`. */
type Choose = (items: readonly unknown[], path: string, document: Document) => number[];
type Segment = string | Choose;

const IDENTIFIER = /^\$\[([a-z][a-zA-Z0-9]*)\]$/;

/** Compiles the paths of one update. */
export type PathCompiler = ReturnType<typeof createPathCompiler>;

/** Creates the compiler of the paths of one update. */
export function createPathCompiler({ filter, arrayFilters = [] }: PathContext) {
  const tests = createItemTests(arrayFilters);
  const used = new Set<string>();

  function parseSegment(name: string, path: string, prefix: string): Segment {
    if (!name.startsWith('$')) return name;
    if (name === '$[]') return (items) => [...items.keys()];
    const identifier = IDENTIFIER.exec(name)?.[1];
    const test = identifier === undefined ? undefined : tests.get(identifier);
    if (identifier !== undefined && test !== undefined) {
      used.add(identifier);
      return (items) => [...items.keys()].filter((place) => test(items[place]));
    }
    if (name === '$' && filter !== undefined) return choosePosition(filter, prefix);
    throw new Error(`The update path "${path}" is malformed`);
  }

  return {
    /** @throws Error if the path is malformed. */
    compile(path: string): ExpandPath {
      const names = path.split('.');
      if (!path.includes('$')) return () => [path];
      const segments = names.map((name, index) =>
        parseSegment(name, path, names.slice(0, index).join('.')),
      );
      if (typeof segments[0] !== 'string' || names.filter((name) => name === '$').length > 1) {
        throw new Error(`The update path "${path}" is malformed`);
      }
      return (document) => expand(document, segments, [], document).map((each) => each.join('.'));
    },
    /** @throws Error if an array filter belongs to no path. */
    assertAllUsed() {
      const unused = [...tests.keys()].find((identifier) => !used.has(identifier));
      if (unused !== undefined) {
        throw new Error(`The array filter of "${unused}" is not used in the update`);
      }
    },
  };
}

function choosePosition(filter: Filter, arrayPath: string): Choose {
  const find = createPositionFinder(filter, arrayPath);
  return (_items, path, document) => {
    const place = find(document);
    if (place === undefined) {
      throw new Error(`The query matched no item of "${path}" for the positional operator "$"`);
    }
    return [place];
  };
}

function expand(
  value: unknown,
  [segment, ...rest]: readonly Segment[],
  before: readonly string[],
  document: Document,
): string[][] {
  if (segment === undefined) return [[...before]];
  if (typeof segment === 'string') {
    return expand(childOf(value, segment), rest, [...before, segment], document);
  }
  const path = before.join('.');
  if (!Array.isArray(value)) throw new Error(`There is no array at "${path}" to update items of`);
  return segment(value, path, document).flatMap((place) =>
    expand(value[place], rest, [...before, String(place)], document),
  );
}

function childOf(value: unknown, name: string): unknown {
  const isContainer = isPlainObject(value) || Array.isArray(value);
  return isContainer && Object.hasOwn(value, name) ? (value as Document)[name] : undefined;
}

function createItemTests(
  arrayFilters: readonly Document[],
): ReadonlyMap<string, (item: unknown) => boolean> {
  const tests = new Map<string, (item: unknown) => boolean>();
  for (const filter of arrayFilters) {
    const identifiers = new Set(identifiersOf(filter));
    const [identifier] = identifiers;
    if (identifier === undefined || identifiers.size > 1 || tests.has(identifier)) {
      throw new Error('Each array filter must be about one identifier of its own');
    }
    const { matches } = compileFilter(filter);
    tests.set(identifier, (item) => matches({ [identifier]: item }));
  }
  return tests;
}

function identifiersOf(filter: Document): string[] {
  return Object.entries(filter).flatMap(([name, condition]) => {
    if (!name.startsWith('$')) return [name.split('.')[0] ?? name];
    return Array.isArray(condition) ? condition.filter(isPlainObject).flatMap(identifiersOf) : [];
  });
}
