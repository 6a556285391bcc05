// What a workload measured, by name; and what becomes of several runs of it.

export type Figures = Readonly<Record<string, number>>;

export function percentile(values: readonly number[], part: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

/** The median of each figure, with the least and the most. */
export function summary(runs: readonly Figures[]): string {
  const names = Object.keys(runs[0] ?? {});
  return names
    .map((name) => {
      const values = runs.map((run) => run[name] ?? Number.NaN);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const spread = least === most ? '' : ` (${short(least)}–${short(most)})`;
      return `${name} ${short(percentile(values, 0.5))}${spread}`;
    })
    .join('; ');
}

function short(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
