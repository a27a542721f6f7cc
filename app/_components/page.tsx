import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** Beside the title: a search field, buttons. */
  actions?: ReactNode;
  /** A side panel, beside the page where there is room. */
  panel?: ReactNode;
  children: ReactNode;
}

/**
 * One screen: a heading with its actions, then the content in a column. A {@link DataTable} as the last child takes the
 * height that is left and scrolls by itself; on small screens the whole page scrolls.
 */
export function Page({ title, actions, panel, children }: Props) {
  return (
    <>
      <main
        id="main"
        tabIndex={-1}
        className="relative flex min-w-0 flex-1 flex-col overflow-x-hidden overflow-y-auto outline-none roomy:overflow-hidden"
      >
        <header className="flex flex-none flex-wrap items-center gap-x-3 gap-y-2 px-5 pt-4 pb-3 max-sm:px-4 max-sm:pt-3">
          <h1 className="text-lg font-bold tracking-[-0.015em]">{title}</h1>
          {actions === undefined ? null : (
            <div className="ml-auto flex min-w-0 items-center gap-3 max-sm:gap-2 max-sm:has-[>label]:w-full max-sm:[&>label]:flex-1">
              {actions}
            </div>
          )}
        </header>
        {children}
      </main>
      {panel}
    </>
  );
}

/** For pages without a table: the content scrolls and keeps the page's margins. */
export function PageScroll({ children }: { children: ReactNode }) {
  return (
    <div className="relative flex flex-1 flex-col gap-5 px-5 pb-8 *:flex-none max-sm:px-4 roomy:min-h-0 roomy:overflow-y-auto">
      {children}
    </div>
  );
}
