import type { EngineName } from './engine';

/** What was measured on one engine, or without one. */
interface Value {
  value: string;
  reached: boolean;
}

const NONE = 'neither';
const figures = new Map<string, { goal: string; values: Map<EngineName | typeof NONE, Value> }>();

/** One line of the report: what was measured, against what, and the figure to reach. */
export interface Figure {
  name: string;
  value: string;
  goal: string;
  reached: boolean;
  engine?: EngineName | undefined;
}

/** Prints a figure and keeps it for the table, here and in the process that started this one. */
export function figure(name: string, value: string, goal: string, reached: boolean, engine?: EngineName): void {
  const taken: Figure = { name, value, goal, reached, engine };
  keep(taken);
  process.send?.(taken);
  console.log(`${reached ? 'reached' : 'MISSED '}  ${engine ? `${engine}: ` : ''}${name}: ${value} (goal: ${goal})`);
}

export function keep({ name, value, goal, reached, engine }: Figure): void {
  const entry = figures.get(name) ?? { goal, values: new Map() };
  entry.values.set(engine ?? NONE, { value, reached });
  figures.set(name, entry);
}

/** What a figure rests on, or what has no goal. */
export function note(text: string): void {
  console.log(`         (${text})`);
}

export function table(): string {
  const lines = [...figures].map(([name, { goal, values }]) => {
    const cell = (engine: EngineName) => {
      const found = values.get(engine) ?? values.get(NONE);
      return found ? `${found.value}${found.reached ? '' : ' **missed**'}` : '';
    };
    return `| ${name} | ${cell('SQLite')} | ${cell('PostgreSQL')} | ${goal} |`;
  });
  return ['| what | SQLite | PostgreSQL | goal |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function round(value: number, digits = 1): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
