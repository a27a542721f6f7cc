import { Card } from '@/app/_components/card';
import type { ImportKindInfo } from './columns';

/** What the file may hold, before there is one. */
export function ColumnGuide({ info }: { info: ImportKindInfo }) {
  const needed = info.columns.filter((column) => column.required);
  return (
    <Card
      title="What the file may hold"
      note={`${listed(needed.map((column) => column.name))} ${needed.length === 1 ? 'is' : 'are'} needed, the rest is welcome`}
    >
      <dl className="grid gap-x-6 sm:grid-cols-2">
        {info.columns.map((column) => (
          <div key={column.name} className="flex min-w-0 flex-wrap gap-x-2 border-b border-line py-1.5">
            <dt className="font-medium break-all">
              {column.name}
              {column.required ? (
                <span className="text-accent">
                  <span aria-hidden="true"> *</span>
                  <span className="sr-only"> (needed)</span>
                </span>
              ) : null}
            </dt>
            <dd className="text-ink-2 max-sm:w-full sm:ml-auto sm:text-right">{column.hint}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 text-xs text-ink-3">
        Names need not match: you can say what each column is. Dates are YYYY-MM-DD, numbers have a decimal point, lists
        are separated by semicolons.
      </p>
    </Card>
  );
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
