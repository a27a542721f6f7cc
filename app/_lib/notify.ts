import type { ExternalToast, toast } from 'sonner';
import { isApiError } from './api-client';

type Toast = typeof toast;

let wanted: (() => void) | undefined;
let raise: Promise<Toast> | undefined;
let arrived: (value: Toast) => void = () => undefined;

/** Toasts, whose code is fetched when the first one is raised. Raise them in components. */
export const notify = {
  success: (message: string, options?: ExternalToast) => show((t) => t.success(message, options)),
  info: (message: string, options?: ExternalToast) => show((t) => t(message, options)),
  warning: (message: string, options?: ExternalToast) => show((t) => t.warning(message, options)),
  error: (message: string, options?: ExternalToast) => show((t) => t.error(message, options)),
  /** Something that was asked of the server failed: why, what to do, and the id that the log knows it by. */
  failure: (title: string, error: unknown, options?: ExternalToast) =>
    show((t) => t.error(title, { ...failureOptions(error), ...options })),
  /** Stays until replaced by another with the same `id`. */
  loading: (message: string, options?: ExternalToast) => show((t) => t.loading(message, options)),
  dismiss: (id: string | number) => show((t) => t.dismiss(id)),
};

/** @param onWanted Mounts the toaster, which then calls {@link toasterMounted}. */
export function onToasterWanted(onWanted: () => void): void {
  wanted = onWanted;
}

export function toasterMounted(value: Toast): void {
  raise ??= Promise.resolve(value);
  arrived(value);
}

/** Long enough to be read and copied. */
const FAILURE_MS = 12_000;

function failureOptions(error: unknown): ExternalToast {
  const { remedy, requestId } = isApiError(error) ? error : {};
  const reason = error instanceof Error ? error.message : 'The reason is not known.';
  const words = [reason, remedy, requestId === undefined ? undefined : `Request ${requestId}`];
  return {
    description: words.filter(Boolean).join(' '),
    ...(requestId === undefined
      ? {}
      : {
          duration: FAILURE_MS,
          // Over plain HTTP from another machine there is no clipboard; the id can be selected.
          action: { label: 'Copy id', onClick: () => void navigator.clipboard?.writeText(requestId) },
        }),
  };
}

function show(action: (value: Toast) => void): void {
  raise ??= new Promise((resolve) => {
    arrived = resolve;
  });
  wanted?.();
  void raise.then(action);
}
