/** What is said of the metrics, and what is asked of them, is what there is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createMetrics } from '../../../src/http/metrics.ts';

const ROOT = join(import.meta.dirname, '../../..');
const DOCUMENTATION = readFileSync(join(ROOT, 'docs/monitoring.md'), 'utf8');
/** Those of every program with the library. */
const COMMON = /^(process|nodejs)_/;

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labelNames?: readonly string[];
}

const all = (await createMetrics().registry.getMetricsAsJSON()) as unknown as readonly Metric[];
const own = all.filter(({ name }) => !COMMON.test(name));

test('docs/monitoring.md lists every metric with its type, and no others', () => {
  const section = DOCUMENTATION.split(/^## /m).find((text) => text.startsWith('Metrics\n')) ?? '';
  const documented = [...section.matchAll(/^\| `([a-z_]+)` \| ([a-z]+) \|/gm)];
  const named = (metrics: readonly (readonly [string, string])[]) =>
    Object.fromEntries([...metrics].sort());
  expect(documented).toHaveLength(own.length);
  expect(named(documented.map(([, name = '', type = '']) => [name, type]))).toEqual(
    named(own.map(({ name, type }) => [name, type])),
  );
});

test('names end as Prometheus has it: counters in _total, times in _seconds, sizes in _bytes', () => {
  for (const { name, type } of own) {
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/);
  }
});

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const { panels } = JSON.parse(
  readFileSync(join(ROOT, 'examples/grafana/dashboard.json'), 'utf8'),
) as Dashboard;
const SERIES = new Set(
  all.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

/** Names in a query that are no label, function or keyword of PromQL. */
function metricsIn(expr: string): string[] {
  const bare = expr.replace(/"[^"]*"/g, '').replace(/\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)/g, '');
  return (
    bare
      .match(/[a-z][a-z0-9]*_[a-z0-9_]+(?!\w*\()/g)
      ?.filter((name) => name !== 'histogram_quantile') ?? []
  );
}

test.each(panels.map(({ targets, title }) => [title, targets.map(({ expr }) => expr)] as const))(
  'the dashboard asks for metrics that there are: %s',
  (_title, queries) => {
    for (const query of queries) {
      const metrics = metricsIn(query);
      expect(metrics).not.toEqual([]);
      for (const name of metrics) expect(SERIES).toContain(name);
    }
  },
);

test('the dashboard shows every metric of the gateway', () => {
  const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr)));
  const bare = new Set(shown.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  for (const { name } of own) expect(bare).toContain(name);
});
