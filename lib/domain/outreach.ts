import type { Confidence, Money, OpportunityType } from './expansion';
import { formatMoney } from './format';

/** What the sales agent hands over. All text is plain and untrusted. */
export interface OutreachFacts {
  accountName: string;
  opportunityType: OpportunityType;
  /** A year; null is shown as `TBD`. */
  impact: Money | null;
  /** Facts, one a line. */
  evidence: readonly string[];
  talkTrack: string;
  confidence: Confidence;
}

export interface Outreach {
  /** One line, free of control characters. */
  subject: string;
  text: string;
  /** Everything that came in is escaped. Inline styles and tables: mail clients know little else. */
  html: string;
}

/** The internal email about one opportunity, for the rep to read and decide; deterministic. */
export function composeOutreach(facts: OutreachFacts): Outreach {
  const account = oneLine(facts.accountName) || 'Unnamed account';
  const rows: Row[] = [
    ['Account', account],
    ['Opportunity', facts.opportunityType],
    ['Estimated ARR impact', facts.impact === null ? 'TBD' : oneLine(formatMoney(facts.impact))],
    ['Confidence', facts.confidence],
  ];
  const evidence = facts.evidence.map(oneLine).filter((line) => line !== '');
  const talkTrack = paragraphs(facts.talkTrack);
  return {
    subject: `[CSM Expansion] ${account} — ${facts.opportunityType} opportunity`,
    text: plainText(account, rows, evidence, talkTrack),
    html: page(account, rows, evidence, talkTrack),
  };
}

type Row = readonly [label: string, value: string];

const ORIGIN =
  'Found by the CSM agent and left here as a draft by the sales agent. Nothing has been sent: you decide whether, when and how to use it.';
const NO_EVIDENCE = 'No evidence was handed over.';
const NO_TALK_TRACK = 'No talk track was handed over.';

function plainText(account: string, rows: Row[], evidence: string[], talkTrack: string[]): string {
  return [
    `Expansion opportunity: ${account}`,
    '',
    ...rows.map(([label, value]) => `${label}: ${value}`),
    '',
    'Evidence',
    ...(evidence.length === 0 ? [NO_EVIDENCE] : evidence.map((line) => `- ${line}`)),
    '',
    'Talk track',
    ...(talkTrack.length === 0 ? [NO_TALK_TRACK] : talkTrack),
    '',
    '--',
    ORIGIN,
    '',
  ].join('\n');
}

export const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

function page(account: string, rows: Row[], evidence: string[], talkTrack: string[]): string {
  const facts = rows
    .map(
      ([label, value]) =>
        `<tr><td style="padding:4px 16px 4px 0;color:#5d5b55;vertical-align:top;white-space:nowrap">${escapeHtml(label)}</td>` +
        `<td style="padding:4px 0;color:#1c1b19;font-weight:600">${escapeHtml(value)}</td></tr>`,
    )
    .join('');
  const items = (evidence.length === 0 ? [NO_EVIDENCE] : evidence)
    .map((line) => `<li style="margin:0 0 4px">${escapeHtml(line)}</li>`)
    .join('');
  const talk = (talkTrack.length === 0 ? [NO_TALK_TRACK] : talkTrack).map(escapeHtml).join('<br>');
  return (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head><body style="margin:0;padding:0">' +
    `<div style="max-width:600px;padding:16px;${FONT};font-size:14px;line-height:1.5;color:#1c1b19">` +
    `<h1 style="margin:0 0 12px;font-size:18px;line-height:1.3">Expansion opportunity: ${escapeHtml(account)}</h1>` +
    `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="${FONT};font-size:14px;line-height:1.5">${facts}</table>` +
    `${heading('Evidence')}<ul style="margin:0;padding:0 0 0 20px">${items}</ul>` +
    `${heading('Talk track')}<p style="margin:0;padding:10px 14px;background:#f4f4f2;border-left:3px solid #0f766e">${talk}</p>` +
    `<p style="margin:20px 0 0;padding:12px 0 0;border-top:1px solid #e7e6e2;font-size:12px;color:#5d5b55">${escapeHtml(ORIGIN)}</p>` +
    '</div></body></html>'
  );
}

/** A heading in a mail; the text is markup already. */
export function heading(text: string): string {
  return `<h2 style="margin:20px 0 6px;font-size:14px;line-height:1.3">${text}</h2>`;
}

/** Control characters, line breaks and marks that turn the reading direction become spaces; runs of spaces become one. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

function paragraphs(text: string): string[] {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map(oneLine)
    .filter((line) => line !== '');
}

/** For text and attribute values. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
