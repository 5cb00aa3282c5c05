/**
 * A histogram as Prometheus has them, whose series are looked up once and not for each observation:
 * prom-client's makes a text of the labels every time, a twentieth of what a kept answer costs.
 */
import type { Metric, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

/** One series: takes a value. */
export type Observe = (value: number) => void;

interface Series {
  readonly labels: Labels;
  /** How many are in each bucket and in none before it; the last is for what no bound holds. */
  readonly counts: number[];
  sum: number;
}

/** What a histogram is called, and how it is divided. */
export interface HistogramDefinition {
  readonly name: string;
  readonly help: string;
  /** Upper bounds of the buckets, the smallest first. */
  readonly bounds: readonly number[];
}

/** Bounds for what takes milliseconds to seconds, in seconds. */
export const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Adds the histogram to the registry; gives the series of labels, each of which is to be asked for once. */
export function createHistogram(
  registry: Registry,
  { bounds, help, name }: HistogramDefinition,
): (labels: Labels) => Observe {
  const all: Series[] = [];
  const metric = { name, help, type: 'histogram', aggregator: 'sum' };
  const get = async () => {
    const values = all.flatMap((series) => valuesOf(name, bounds, series));
    return { ...metric, values };
  };
  // What a registry asks of a metric; the type is of prom-client's own classes.
  registry.registerMetric({ ...metric, get } as unknown as Metric);
  return (labels) => {
    const series: Series = { labels, counts: Array(bounds.length + 1).fill(0), sum: 0 };
    all.push(series);
    return (value) => {
      let bucket = 0;
      while (value > (bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
      (series.counts[bucket] as number) += 1;
      series.sum += value;
    };
  };
}

/** The values of a series in the text format: a bucket counts those of the buckets before it, too. */
function valuesOf(name: string, bounds: readonly number[], { counts, labels, sum }: Series) {
  let count = 0;
  const buckets = counts.map((inBucket, index) => {
    count += inBucket;
    const le = bounds[index] ?? '+Inf';
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** The series of one label, each of which is made when it is first asked for. */
export function byLabel(
  label: string,
  seriesOf: (labels: Labels) => Observe,
): (value: string) => Observe {
  const known = new Map<string, Observe>();
  return (value) => {
    const observe = known.get(value) ?? seriesOf({ [label]: value });
    known.set(value, observe);
    return observe;
  };
}
