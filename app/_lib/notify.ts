import type { ExternalToast, toast } from 'sonner';

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

function show(action: (value: Toast) => void): void {
  raise ??= new Promise((resolve) => {
    arrived = resolve;
  });
  wanted?.();
  void raise.then(action);
}
