import clsx from 'clsx';

/** A grey block where something is on its way. Give it a size by class. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={clsx('block animate-skeleton rounded-md bg-raise', className)} />;
}

const ROWS = [72, 54, 63, 81, 58, 69, 76, 60];

/** A list that is being loaded. */
export function TableSkeleton({ label = 'Loading' }: { label?: string }) {
  return (
    <div role="status" className="px-5">
      <span className="sr-only">{label}</span>
      {ROWS.map((width) => (
        <div key={width} className="flex h-[54px] items-center gap-6 border-b border-line">
          <Skeleton className="h-4 w-32 flex-none" />
          <Skeleton className="h-4 w-12 flex-none" />
          <span className="flex-1">
            <span className="block" style={{ width: `${width}%` }}>
              <Skeleton className="h-4" />
            </span>
          </span>
          <Skeleton className="h-4 w-16 flex-none" />
        </div>
      ))}
    </div>
  );
}
