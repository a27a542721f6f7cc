'use client';

import { ChoiceMenu, FilterMenu, GroupedFilterMenu } from '../_components/filter-menu';
import { RagBadge, ragLabel } from '../_components/rag-badge';
import { personName, TYPE_WORDS } from '../_lib/words';
import { SORTS, type View } from './search-params';

const SORT_WORDS: Record<(typeof SORTS)[number], string> = {
  '-impact': 'Largest impact',
  impact: 'Smallest impact',
  '-confidence': 'Highest confidence',
  '-firstSeenAt': 'Newest',
  firstSeenAt: 'Oldest',
};

const TYPE_OPTIONS = (['seats', 'module', 'integration'] as const).map((value) => ({
  value,
  label: TYPE_WORDS[value].many,
}));
const CONFIDENCE_OPTIONS = [
  { value: 'high', label: 'High' },
  { value: 'medium', label: 'Medium' },
  { value: 'low', label: 'Low' },
] as const;
const RAG_OPTIONS = (['GREEN', 'AMBER', 'RED'] as const).map((value) => ({
  value,
  label: <RagBadge rag={value} score={null} full />,
  text: ragLabel(value),
}));

interface Props {
  view: View;
  owners: readonly string[];
  onChange: (change: Partial<View>) => void;
}

/** Every filter a menu of its own where there is room, else the short ones together. Wants a container around it. */
export function Filters({ view, owners, onChange }: Props) {
  // An owner from a shared link stays visible though nothing belongs to them any more.
  const known = view.owner === '' || owners.includes(view.owner) ? owners : [...owners, view.owner];
  const type = {
    label: 'Type',
    options: TYPE_OPTIONS,
    selected: view.type,
    onChange: (values: View['type']) => onChange({ type: values }),
  };
  const confidence = {
    label: 'Confidence',
    options: CONFIDENCE_OPTIONS,
    selected: view.confidence,
    onChange: (values: View['confidence']) => onChange({ confidence: values }),
  };
  const health = {
    label: 'Health',
    options: RAG_OPTIONS,
    selected: view.rag,
    onChange: (values: View['rag']) => onChange({ rag: values }),
  };
  return (
    <>
      <div className="contents @max-[58rem]:hidden">
        <FilterMenu {...type} />
        <FilterMenu {...confidence} />
        <FilterMenu {...health} />
      </div>
      <div className="hidden @max-[58rem]:contents">
        <GroupedFilterMenu label="Filter" groups={[type, confidence, health]} />
      </div>
      <ChoiceMenu
        label="Owner"
        emptyLabel="Owner"
        options={[
          { value: '', label: 'Any owner' },
          ...known.map((owner) => ({ value: owner, label: personName(owner) })),
        ]}
        value={view.owner}
        onChange={(owner) => onChange({ owner })}
      />
      <ChoiceMenu
        label="Order"
        options={SORTS.map((value) => ({ value, label: SORT_WORDS[value] }))}
        value={view.sort}
        onChange={(sort) => onChange({ sort })}
      />
    </>
  );
}
