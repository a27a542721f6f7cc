import { Card } from '@/app/_components/card';
import { ScrollRegion } from '@/app/_components/scroll-region';
import { plural } from '@/app/_lib/words';
import type { ColumnMapping } from './mapping';
import type { FilePreview } from './preview-file';

/** The first rows as they will be read: columns that are left out are left out here too. */
export function PreviewTable({ preview, mapping }: { preview: FilePreview; mapping: ColumnMapping }) {
  const shown = preview.headers
    .map((header, index) => ({ index, target: mapping[header] ?? null }))
    .filter((column): column is { index: number; target: string } => column.target !== null);
  const rows = preview.rows.map((cells, index) => ({ cells, number: index + 1 }));
  return (
    <Card
      title="Preview"
      note={`${preview.more ? 'the first' : 'all'} ${rows.length} ${plural(rows.length, 'row')}`}
      flush
    >
      {shown.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">No column is used yet. Say above what each column of the file is.</p>
      ) : (
        <ScrollRegion label="Preview of the file" className="max-h-96 border-t border-line">
          <table className="border-separate border-spacing-0 text-xs [&_td:first-child]:pl-4 [&_td:last-child]:pr-4 [&_th:first-child]:pl-4 [&_th:last-child]:pr-4">
            <thead>
              <tr className="[&>th]:sticky [&>th]:top-0 [&>th]:border-b [&>th]:bg-panel [&>th]:px-2.5 [&>th]:py-1.5 [&>th]:text-left [&>th]:font-medium [&>th]:whitespace-nowrap">
                <th scope="col" className="text-ink-3">
                  Row
                </th>
                {shown.map((column) => (
                  <th key={column.target} scope="col" className="text-ink-2">
                    {column.target}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.number} className="hover:bg-raise [&>td]:border-b [&>td]:px-2.5 [&>td]:py-1.5">
                  <td className="text-ink-3">{row.number}</td>
                  {shown.map((column) => (
                    <td key={column.target} className="max-w-56 truncate whitespace-nowrap">
                      {row.cells[column.index] || <span className="text-ink-3">–</span>}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </Card>
  );
}
