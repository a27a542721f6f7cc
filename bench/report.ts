/** One line of the report: what was measured, against what, and the figure to reach. */
export interface Figure {
  name: string;
  value: string;
  goal: string;
  reached: boolean;
}

const figures: Figure[] = [];

export function figure(name: string, value: string, goal: string, reached: boolean): void {
  figures.push({ name, value, goal, reached });
  console.log(`${reached ? 'reached' : 'MISSED '}  ${name}: ${value} (goal: ${goal})`);
}

export function table(): string {
  const lines = figures.map(
    ({ name, value, goal, reached }) => `| ${name} | ${value} | ${goal} | ${reached ? 'yes' : 'no'} |`,
  );
  return ['| what | measured | goal | reached |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function round(value: number, digits = 1): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
