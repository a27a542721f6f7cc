import { ExternalIcon } from './icons';

/** Opens a draft where it lies, in a new tab. */
export function DraftLink({ href, label }: { href: string; label?: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      aria-label={label}
      className="inline-flex items-center gap-1 rounded-sm font-medium whitespace-nowrap text-accent hover:underline"
    >
      Open draft
      <ExternalIcon className="size-3 @max-[38rem]:hidden" />
    </a>
  );
}
