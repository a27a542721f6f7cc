import { createSerializer, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import type { AlertQuery } from '@/lib/contracts/alerts';

export const TABS = ['all', 'critical', 'high', 'red', 'recovered'] as const;
export type Tab = (typeof TABS)[number];

export const searchParams = {
  show: parseAsStringLiteral(TABS).withDefault('all'),
  /** Alerts of this account alone. */
  account: parseAsString,
  id: parseAsString,
};

export interface View {
  show: Tab;
  account: string | null;
  id: string | null;
}

export const writeSearch = createSerializer(searchParams);

export function toListQuery({ show, account }: View): AlertQuery {
  return {
    ...(show === 'all' ? {} : { level: [show === 'recovered' ? ('none' as const) : show] }),
    ...(account === null || account === '' ? {} : { accountId: account }),
    limit: 50,
  };
}
