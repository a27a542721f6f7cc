import { escapeHtml, FONT, heading, oneLine } from './outreach';
import type { Review } from './qbr';
import { figureInWords, periodInWords, reviewTitle } from './qbr-document';

/** A draft that tells of reviews. All text is plain but `html`, in which everything that came in is escaped. */
export interface ReviewNotice {
  subject: string;
  text: string;
  html: string;
}

/** The draft that tells of one review; deterministic. @param href Address of the review at the desk, where it has one. */
export function composeReviewNotice(review: Review, href: string | null): ReviewNotice {
  const account = oneLine(review.account.name) || 'Unnamed account';
  const lines = [
    `${review.period.label} (${periodInWords(review.period)}): ${review.headline}.`,
    ...review.impact.figures
      .filter(({ value }) => value.kind !== 'unknown')
      .map(({ label, value, note }) => `${label}: ${figureInWords(value)}${note === null ? '' : ` (${note})`}`),
  ].map(oneLine);
  const steps = review.next.steps.slice(0, 3).map(({ text }) => oneLine(text));
  return notice({
    subject: `[CSM QBR] ${oneLine(reviewTitle(review))}`,
    title: `Business review is ready: ${account}`,
    parts: [
      { heading: 'In figures', lines },
      { heading: 'Next steps', lines: steps },
    ],
    links: href === null ? [] : [{ text: 'Open the review', href }],
  });
}

export interface ListedReview {
  accountName: string;
  headline: string;
  rag: string | null;
  href: string | null;
}

/** The draft that tells a rep of all reviews of a run; deterministic. @param more How many there are besides. */
export function composeReviewList(
  reviews: readonly ListedReview[],
  { label, more, href }: { label: string; more: number; href: string | null },
): ReviewNotice {
  const total = reviews.length + more;
  const noun = total === 1 ? 'business review' : 'business reviews';
  return notice({
    subject: `[CSM QBR] ${total} ${noun} — ${oneLine(label)}`,
    title: `${total} ${noun} of your accounts ${total === 1 ? 'is' : 'are'} ready: ${oneLine(label)}`,
    parts: [{ heading: 'Accounts', lines: more > 0 ? [`And ${more} more at the desk.`] : [] }],
    links: [
      ...reviews.map((review) => ({
        text: `${oneLine(review.accountName) || 'Unnamed account'}: ${oneLine(review.headline)}`,
        href: review.href,
      })),
      ...(href === null ? [] : [{ text: 'All of them at the desk', href }]),
    ],
  });
}

interface Notice {
  subject: string;
  title: string;
  parts: readonly { heading: string; lines: readonly string[] }[];
  /** Shown without an address where the desk does not know its own. */
  links: readonly { text: string; href: string | null }[];
}

const ORIGIN =
  'Written by the CSM agent and left here as a draft. Nothing has been sent: you decide whether, when and how to use it.';

function notice({ subject, title, parts, links }: Notice): ReviewNotice {
  const text = [
    title,
    '',
    ...parts.flatMap((part) =>
      part.lines.length === 0 ? [] : [part.heading, ...part.lines.map((line) => `- ${line}`), ''],
    ),
    ...links.map(({ text, href }) => (href === null ? `- ${text}` : `${text}: ${href}`)),
    ...(links.length === 0 ? [] : ['']),
    '--',
    ORIGIN,
    '',
  ].join('\n');
  const html =
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head><body style="margin:0;padding:0">' +
    `<div style="max-width:600px;padding:16px;${FONT};font-size:14px;line-height:1.5;color:#1c1b19">` +
    `<h1 style="margin:0 0 12px;font-size:18px;line-height:1.3">${escapeHtml(title)}</h1>` +
    parts
      .filter(({ lines }) => lines.length > 0)
      .map(
        (part) =>
          heading(escapeHtml(part.heading)) +
          `<ul style="margin:0;padding:0 0 0 20px">${part.lines.map((line) => `<li style="margin:0 0 4px">${escapeHtml(line)}</li>`).join('')}</ul>`,
      )
      .join('') +
    listOf(links) +
    `<p style="margin:20px 0 0;padding:12px 0 0;border-top:1px solid #e7e6e2;font-size:12px;color:#5d5b55">${escapeHtml(ORIGIN)}</p>` +
    '</div></body></html>';
  return { subject, text, html };
}

function listOf(links: Notice['links']): string {
  if (links.length === 0) return '';
  const items = links.map(({ text, href }) => {
    const inner =
      href === null ? escapeHtml(text) : `<a href="${escapeHtml(href)}" style="color:#0f766e">${escapeHtml(text)}</a>`;
    return `<li style="margin:0 0 4px">${inner}</li>`;
  });
  return `<ul style="margin:16px 0 0;padding:0 0 0 20px">${items.join('')}</ul>`;
}
