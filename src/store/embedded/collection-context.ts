/** What the operations of a collection share, whoever they are for. */
import type { Deadline } from '../../deadline.ts';
import type { Document } from '../../values/documents.ts';
import { type OperationLimits, UNLIMITED } from '../operation-limits.ts';
import type { CollectionDefinition, Filter, FindOptions, OperationListener } from '../port.ts';
import { type CompiledFilter, compileFilter } from '../query/filter.ts';
import { compileProjection, type ProjectionOptions } from '../query/projection.ts';
import { decodePlain } from '../stored-document.ts';
import type { Turns, Work } from '../turns.ts';
import type { Access } from './collection-access.ts';
import type { Environment } from './environment.ts';
import type { OpenCollection } from './index-catalogue.ts';
import type { Decode } from './matches.ts';
import type { Source } from './query-scan.ts';

/** What the operations of a collection work with. */
export interface CollectionContext {
  readonly duplicateKeys: readonly unknown[];
  /** The collection; `undefined` if nothing was ever written to it, unless it is to be made. */
  readonly open: (isMade: boolean) => Access | Promise<Access | undefined>;
  /** Until when writes wait for their turn. */
  readonly deadline?: Deadline;
  readonly begin: () => Work;
  readonly limits: OperationLimits;
  readonly onPiece: Source['onPiece'];
  /** How the documents of answers are decoded. */
  readonly decode: Decode;
  /** The operators of filters and the expressions of projections, if there are more than the common ones. */
  readonly expressions: Pick<ProjectionOptions, 'operators' | 'evaluate'>;
  /** Reports an operation by the name of its command. */
  readonly count: (name: string) => void;
  readonly now: () => number;
}

/** What the collections of a store share. `now` is epoch milliseconds. */
export interface StoreParts {
  readonly environment: Environment;
  readonly now: () => number;
  readonly onOperation: OperationListener;
  readonly turns: Turns;
  readonly onPiece: Source['onPiece'];
}

/** The context of a collection of the gateway's own. */
export function gatewayContext(
  { now, onOperation, onPiece, turns }: StoreParts,
  { name }: Pick<CollectionDefinition, 'name'>,
  open: CollectionContext['open'],
  duplicateKeys: readonly unknown[] = [],
): CollectionContext {
  return {
    duplicateKeys,
    now,
    onPiece,
    open,
    begin: () => turns.begin(UNLIMITED.signal),
    limits: UNLIMITED,
    decode: decodePlain,
    expressions: {},
    count: (command) => onOperation({ name: command, collection: name }),
  };
}

/**
 * Runs an operation on the collection; its result is `none` if there is no collection and none is to be made.
 * One that is open is used at once: what is begun before the store closes is done.
 */
export async function onCollection<T>(
  context: CollectionContext,
  { isMade = false, none }: { readonly isMade?: boolean; readonly none: T },
  run: (source: Source) => Promise<T>,
): Promise<T> {
  const { begin, deadline, limits, onPiece, open } = context;
  const opening = open(isMade);
  const access = opening instanceof Promise ? await opening : opening;
  if (access === undefined) return none;
  const limited = deadline === undefined ? access : access.within(deadline);
  return run({ access: limited, work: begin(), limits, onPiece });
}

/** Runs something in a write transaction of the collection, which is made if need be. */
export async function writeTo<T>(
  context: CollectionContext,
  run: (collection: OpenCollection) => T,
): Promise<T> {
  const outcome = await onCollection(context, { isMade: true, none: undefined }, ({ access }) =>
    access.write((collection) => ({ result: run(collection) })),
  );
  if (outcome === undefined) throw new Error('The collection was not made');
  return outcome.result;
}

/** The query that finds what `filter` says. */
export function toQuery(
  { decode, expressions }: CollectionContext,
  filter: Filter,
): { readonly filter: CompiledFilter; readonly decode: Decode } {
  return { filter: compileFilter(filter, expressions.operators), decode };
}

/** As in the driver, a limit of 0 is no limit. */
export function takeOf({ limit = 0 }: FindOptions): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

/** What is shown of the documents that `filter` finds; `undefined`: all of them. */
export function createShow(
  { expressions }: CollectionContext,
  filter: Filter,
  projection: Document | undefined,
): ((document: Document) => Document) | undefined {
  return projection && compileProjection(projection, { filter, ...expressions });
}
