import { isApiError } from '@/app/_lib/api-client';
import { notify } from '@/app/_lib/notify';

/**
 * Waits for a change and says where it failed. The row that asked may be gone by then, so the callbacks of `mutate`, which
 * go with their component, will not do.
 * @returns whether it succeeded.
 */
export async function succeeded(change: Promise<unknown>, failure: string): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    notify.failure(failure, error);
    return false;
  }
}

export function failureInWords(error: unknown): string {
  if (!(error instanceof Error)) return 'The reason is not known.';
  const remedy = isApiError(error) ? error.remedy : undefined;
  return remedy === undefined ? error.message : `${error.message} ${remedy}`;
}

/** What is wrong with which field, by its path; empty where no field is to blame. */
export function fieldFailures(error: unknown): Readonly<Partial<Record<string, string>>> {
  if (!isApiError(error)) return {};
  return Object.fromEntries(error.fields.map(({ path, message }) => [path, sentence(message)]));
}

/** The server says what a field is not (`is too short`); beside the field that is a sentence. */
function sentence(message: string): string {
  return /^(is|must|has|needs) /.test(message) ? `It ${message}.` : message;
}
