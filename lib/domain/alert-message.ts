import { type AlertNarrative, levelInWords } from './alert-narrative';
import type { AlertKind, AlertLevel } from './churn-alert';
import type { ChurnRiskLevel } from './churn-risk';
import type { DocumentBlock, StructuredDocument } from './document';
import type { Money } from './expansion';
import { formatCount, formatDate, formatMoney, formatNumber } from './format';
import { escapeHtml, FONT, heading, oneLine } from './outreach';
import type { Rag } from './signals';

/** An alert as people are told of it. All text is plain and untrusted. */
export interface ToldAlert {
  accountId: string;
  accountName: string;
  kind: AlertKind;
  level: AlertLevel | 'none';
  narrative: AlertNarrative;
  /** What changed and what to do next as running text: the narrative's own, or what a model made of it. */
  texts: { summary: string; next: string };
  /** Name of the model that worded the texts; null: the rules alone. */
  wordedBy: string | null;
  arr: Money | null;
  renewalDate: string | null;
}

/** The content of an alert as it is stored. */
export interface AlertContent {
  narrative: AlertNarrative;
  before: ShownHealth | null;
  after: ShownHealth;
}

export interface ShownHealth {
  score: number;
  rag: Rag;
  churnRisk: ChurnRiskLevel;
  asOf: string;
}

/** Alerts of one scan that are told together: the first of them, and how many there are. */
export interface ToldDigest {
  alerts: readonly ToldAlert[];
  counts: Readonly<Record<AlertKind, number>>;
}

const KIND_WORDS: Readonly<Record<AlertKind, string>> = {
  new_risk: 'new risk',
  worse: 'got worse',
  recovered: 'recovered',
};

/** The running text of an alert, without a model. */
export function textsOf(narrative: AlertNarrative): { summary: string; next: string } {
  const [first, second] = narrative.reasons;
  const most = [first, second].flatMap((reason) => (reason ? [reason.sentence] : []));
  return {
    summary: [narrative.headline, narrative.risk, ...most].filter((text) => text !== '').join(' '),
    next: narrative.actions.join(' '),
  };
}

/** All that the texts of an alert may say, for whoever words them anew. */
export function factsOf(
  alert: Pick<ToldAlert, 'accountName' | 'narrative' | 'level'>,
): { label: string; value: string }[] {
  const { narrative } = alert;
  return [
    { label: 'Account', value: alert.accountName },
    { label: 'Level', value: levelInWords(alert.level) },
    { label: 'What changed', value: narrative.headline },
    ...(narrative.risk === '' ? [] : [{ label: 'Risk', value: narrative.risk }]),
    ...narrative.reasons.map(({ label, sentence }) => ({ label, value: sentence })),
    { label: 'Contract', value: narrative.contract },
    ...narrative.actions.map((value) => ({ label: 'Next step', value })),
  ];
}

/** @param href where the desk shows the account; null where it is not known how the desk is reached. */
export function alertDocument(alert: ToldAlert, href: string | null): StructuredDocument {
  const { narrative, texts } = alert;
  // What the rules say of the signals stands below, so it is not said twice.
  const changed = alert.wordedBy === null ? `${narrative.headline} ${narrative.risk}` : texts.summary;
  const origin = alert.wordedBy === null ? [] : [paragraph(`Worded by ${alert.wordedBy} from the facts below.`)];
  const why: DocumentBlock[] =
    narrative.reasons.length === 0 ? [] : [bullets(narrative.reasons.map((r) => r.sentence))];
  return {
    title: `${alert.accountName}: ${KIND_WORDS[alert.kind]}${alert.kind === 'recovered' ? '' : `, ${levelInWords(alert.level)}`}`,
    sections: [
      { heading: 'What changed', blocks: [paragraph(changed), ...origin] },
      ...(why.length === 0 ? [] : [{ heading: 'Why', blocks: why }]),
      { heading: 'Contract', blocks: [paragraph(narrative.contract)] },
      {
        heading: 'What to do next',
        blocks: [
          alert.wordedBy === null ? bullets(narrative.actions) : paragraph(texts.next),
          ...(href === null ? [] : [{ kind: 'link' as const, text: 'Open the account in Headroom', href }]),
        ],
      },
    ],
  };
}

/** @param href where the desk lists the alerts. */
export function digestDocument({ alerts, counts }: ToldDigest, href: string | null): StructuredDocument {
  const total = counts.new_risk + counts.worse + counts.recovered;
  const parts = (Object.keys(KIND_WORDS) as AlertKind[])
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${formatNumber(counts[kind])} ${KIND_WORDS[kind]}`);
  const listed = (kinds: readonly AlertKind[]) => alerts.filter(({ kind }) => kinds.includes(kind)).map(digestLine);
  const [risks, recovered] = [listed(['new_risk', 'worse']), listed(['recovered'])];
  const more = total - alerts.length;
  return {
    title: `${formatCount(total, 'account')}: ${parts.join(', ')}`,
    sections: [
      ...(risks.length === 0 ? [] : [{ heading: 'At risk', blocks: [bullets(risks)] }]),
      ...(recovered.length === 0 ? [] : [{ heading: 'Recovered', blocks: [bullets(recovered)] }]),
      {
        heading: 'All of them',
        blocks: [
          paragraph(
            more > 0 ? `And ${formatCount(more, 'more account')}.` : 'Each is explained in the list of alerts.',
          ),
          ...(href === null ? [] : [{ kind: 'link' as const, text: 'Open the alerts in Headroom', href }]),
        ],
      },
    ],
  };
}

function digestLine({ accountName, kind, level, arr, renewalDate }: ToldAlert): string {
  const renewal = renewalDate === null ? null : new Date(`${renewalDate}T00:00:00Z`);
  return [
    `${accountName}: ${kind === 'recovered' ? 'recovered' : `${KIND_WORDS[kind]}, ${levelInWords(level)}`}`,
    arr === null ? null : `ARR ${formatMoney(arr)}`,
    renewal === null || Number.isNaN(renewal.getTime()) ? null : `renews ${formatDate(renewal)}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

const SUBJECT_MAX = 200;
const ORIGIN =
  'Found by the CSM agent and left here as a draft. Nothing has been sent: you decide whether, when and how to use it.';

/** The internal email about an alert, for its addressee to read and decide; deterministic. */
export function alertMail(document: StructuredDocument): { subject: string; text: string; html: string } {
  const title = oneLine(document.title);
  return {
    subject: `[Churn risk] ${title}`.slice(0, SUBJECT_MAX),
    text: [title, ...document.sections.flatMap(sectionText), '', '--', ORIGIN, ''].join('\n'),
    html:
      '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head><body style="margin:0;padding:0">' +
      `<div style="max-width:600px;padding:16px;${FONT};font-size:14px;line-height:1.5;color:#1c1b19">` +
      `<h1 style="margin:0 0 12px;font-size:18px;line-height:1.3">${escapeHtml(title)}</h1>` +
      document.sections
        .map(({ heading: name, blocks }) => heading(escapeHtml(oneLine(name))) + blocks.map(html).join(''))
        .join('') +
      `<p style="margin:20px 0 0;padding:12px 0 0;border-top:1px solid #e7e6e2;font-size:12px;color:#5d5b55">${escapeHtml(ORIGIN)}</p>` +
      '</div></body></html>',
  };
}

function sectionText({ heading: name, blocks }: StructuredDocument['sections'][number]): string[] {
  return ['', oneLine(name), ...blocks.flatMap(blockLines)];
}

/** A block as lines of plain text. */
export function blockLines(block: DocumentBlock): string[] {
  switch (block.kind) {
    case 'paragraph':
      return [oneLine(block.text)];
    case 'bullets':
      return block.items.map((item) => `- ${oneLine(item)}`);
    case 'link':
      return [`${oneLine(block.text)}: ${block.href}`];
    case 'table':
      return block.rows.map((row) => row.map(oneLine).join(' · '));
  }
}

function html(block: DocumentBlock): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p style="margin:0 0 8px">${escapeHtml(oneLine(block.text))}</p>`;
    case 'bullets': {
      const items = block.items.map((item) => `<li style="margin:0 0 4px">${escapeHtml(oneLine(item))}</li>`);
      return `<ul style="margin:0;padding:0 0 0 20px">${items.join('')}</ul>`;
    }
    case 'link':
      return `<p style="margin:8px 0 0"><a href="${escapeHtml(block.href)}" style="color:#0f766e">${escapeHtml(oneLine(block.text))}</a></p>`;
    case 'table':
      return blockLines(block)
        .map((line) => `<p style="margin:0 0 4px">${escapeHtml(line)}</p>`)
        .join('');
  }
}

function paragraph(text: string): DocumentBlock {
  return { kind: 'paragraph', text };
}

function bullets(items: readonly string[]): DocumentBlock {
  return { kind: 'bullets', items };
}
