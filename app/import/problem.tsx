import { WarningIcon } from '@/app/_components/icons';
import { isApiError } from '@/app/_lib/api-client';

/** What went wrong with the file, and what to do about it. */
export function Problem({ title, error }: { title: string; error: unknown }) {
  const remedy = isApiError(error) ? error.remedy : undefined;
  return (
    <div role="alert" className="my-3 flex gap-2.5 rounded-[10px] bg-red-soft px-3 py-2.5">
      <WarningIcon className="mt-0.5 flex-none text-red" />
      <div className="min-w-0 break-words">
        <p className="font-semibold text-red">{title}</p>
        <p>
          {error instanceof Error ? error.message : 'The reason is not known.'} {remedy}
        </p>
      </div>
    </div>
  );
}
