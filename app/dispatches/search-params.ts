import { createSerializer, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import type { DispatchItem, DispatchQuery } from '@/lib/contracts';

export const TABS = ['all', 'drafted', 'progress', 'failed'] as const;
export type Tab = (typeof TABS)[number];

/** Which dispatches a tab shows; null: all of them. */
export const TAB_STATES: Record<Tab, readonly DispatchItem['state'][] | null> = {
  all: null,
  drafted: ['drafted'],
  progress: ['queued', 'drafting', 'uncertain', 'retrying'],
  failed: ['failed'],
};

export const searchParams = {
  state: parseAsStringLiteral(TABS).withDefault('all'),
  id: parseAsString,
};

export interface View {
  state: Tab;
  id: string | null;
}

export const writeSearch = createSerializer(searchParams);

export function toListQuery(view: View): DispatchQuery {
  const states = TAB_STATES[view.state];
  return { ...(states === null ? {} : { state: [...states] }), limit: 50 };
}
