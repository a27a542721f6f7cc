'use client';

import { createContext, type ReactNode, useContext } from 'react';
import type { Permission, Viewer } from '@/lib/domain/access';

/** Who looks, and what they may do; the server checks it all the same. */
export interface ViewerAtDesk extends Viewer {
  permissions: readonly Permission[];
}

const ViewerContext = createContext<ViewerAtDesk | null>(null);

export function ViewerProvider({ viewer, children }: { viewer: ViewerAtDesk | null; children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}

/** Null on the pages that are seen without a sign-in. */
export function useViewer(): ViewerAtDesk | null {
  return useContext(ViewerContext);
}

/** Whether to offer something. */
export function useMay(permission: Permission): boolean {
  return useContext(ViewerContext)?.permissions.includes(permission) ?? false;
}

/** Offers something to whoever may do it; others see what stands in its place, or nothing. */
export function Allowed({
  to,
  otherwise = null,
  children,
}: {
  to: Permission;
  otherwise?: ReactNode;
  children: ReactNode;
}) {
  return useMay(to) ? children : otherwise;
}
