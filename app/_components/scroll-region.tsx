'use client';

import type { ReactNode } from 'react';

/** A box that scrolls by itself. It takes the focus, so that the arrow keys can scroll what the mouse can. */
export function ScrollRegion({
  label,
  className,
  children,
}: {
  label: string;
  className: string;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={label}
      ref={(box) => {
        if (box !== null) box.tabIndex = 0;
      }}
      className={`overflow-auto -outline-offset-2 ${className}`}
    >
      {children}
    </section>
  );
}
