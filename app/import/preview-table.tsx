'use client';

import { Card } from '@/app/_components/card';
import { ScrollRegion } from '@/app/_components/scroll-region';
import type { ColumnMapping } from './mapping';
import type { FilePreview } from './preview-file';

/** The first rows as they will be read: columns that are left out are left out here too. */
export function PreviewTable({ preview, mapping }: { preview: FilePreview; mapping: ColumnMapping }) {
  const shown = preview.headers
    .map((header, index) => ({ index, target: mapping[header] ?? null }))
    .filter((column): column is { index: number; target: string } => column.target !== null);
  const count = preview.rows.length;
  return (
    <Card title="Preview" note={preview.more ? `the first ${count} rows` : `all ${count} rows`} flush>
      {shown.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">No column is used yet. Say above what each column of the file is.</p>
      ) : (
        <ScrollRegion label="Preview of the file" className="max-h-96 border-t border-line">
          <table className="border-separate border-spacing-0 text-xs">
            <thead>
              <tr>
                <th
                  scope="col"
                  className="sticky top-0 border-b border-line bg-panel py-1.5 pr-2 pl-4 text-left font-medium text-ink-3"
                >
                  Line
                </th>
                {shown.map((column) => (
                  <th
                    key={column.target}
                    scope="col"
                    className="sticky top-0 border-b border-line bg-panel px-2.5 py-1.5 text-left font-medium whitespace-nowrap text-ink-2 last:pr-4"
                  >
                    {column.target}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{preview.rows.map((row, line) => renderRow(row, line))}</tbody>
          </table>
        </ScrollRegion>
      )}
    </Card>
  );

  function renderRow(row: readonly string[], position: number) {
    const line = preview.format === 'csv' ? position + 2 : position + 1;
    return (
      <tr key={line} className="hover:bg-raise">
        <td className="border-b border-line py-1.5 pr-2 pl-4 text-ink-3">{line}</td>
        {shown.map((column) => (
          <td
            key={column.target}
            className="max-w-56 truncate border-b border-line px-2.5 py-1.5 whitespace-nowrap last:pr-4"
          >
            {row[column.index] || <span className="text-ink-3">–</span>}
          </td>
        ))}
      </tr>
    );
  }
}
