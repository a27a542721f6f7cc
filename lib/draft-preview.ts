import PostalMime from 'postal-mime';
import sanitizeHtml from 'sanitize-html';
import type { DraftPreview } from './contracts';
import { escapeHtml } from './domain/outreach';

/** What of a draft is known besides its content. */
type Whereabouts = Pick<DraftPreview, 'location' | 'copy'>;

/** A draft as it may be shown: parsed, and its HTML reduced to inert text markup. */
export async function previewDraft(content: Uint8Array, whereabouts: Whereabouts): Promise<DraftPreview> {
  const mail = await PostalMime.parse(content);
  return {
    ...whereabouts,
    subject: mail.subject ?? '',
    to: mail.to?.map((mailbox) => mailbox.address ?? mailbox.name).join(', ') || null,
    date: mail.date ?? null,
    html: sanitizeHtml(mail.html ?? '', {
      allowedTags: [
        'a',
        'b',
        'br',
        'div',
        'em',
        'h1',
        'h2',
        'h3',
        'hr',
        'i',
        'li',
        'ol',
        'p',
        'span',
        'strong',
        'table',
        'tbody',
        'td',
        'th',
        'thead',
        'tr',
        'u',
        'ul',
      ],
      allowedAttributes: {
        '*': ['style'],
        td: ['align', 'valign', 'width'],
        table: ['width', 'cellpadding', 'cellspacing', 'role'],
      },
      allowedStyles: { '*': INERT_STYLES },
      allowedSchemes: [],
    }),
    text: mail.text ?? '',
  };
}

const COLOUR = /^(#[0-9a-f]{3,8}|[a-z]+)$/i;
const LENGTHS = /^(-?\d*\.?\d+(px|em|rem|%)?\s*){1,4}$/;

/** Styles that can neither load anything nor cover the page. */
const INERT_STYLES: Record<string, RegExp[]> = {
  color: [COLOUR],
  'background-color': [COLOUR],
  background: [COLOUR],
  'font-size': [LENGTHS],
  'font-weight': [/^(\d{3}|bold|normal)$/],
  'font-style': [/^(italic|normal)$/],
  'font-family': [/^[\w\s,"'-]+$/],
  'line-height': [LENGTHS],
  'text-align': [/^(left|right|center)$/],
  'white-space': [/^(normal|pre-wrap|pre-line|nowrap)$/],
  'vertical-align': [/^(top|middle|bottom|baseline)$/],
  'max-width': [LENGTHS],
  width: [LENGTHS],
  margin: [LENGTHS],
  'margin-top': [LENGTHS],
  'margin-bottom': [LENGTHS],
  'margin-left': [LENGTHS],
  padding: [LENGTHS],
  'padding-top': [LENGTHS],
  'padding-bottom': [LENGTHS],
  'padding-left': [LENGTHS],
  'padding-right': [LENGTHS],
  'border-left': [/^\d+px solid #?[0-9a-z]+$/i],
  'border-top': [/^\d+px solid #?[0-9a-z]+$/i],
  'border-bottom': [/^\d+px solid #?[0-9a-z]+$/i],
  border: [/^\d+px solid #?[0-9a-z]+$/i],
  'border-radius': [LENGTHS],
  'border-collapse': [/^collapse$/],
};

/** A page of its own for one draft: the mail in a frame that can run, load and open nothing. */
export function previewPage(preview: DraftPreview, emlHref: string): Response {
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(preview.subject)}</title>
<style>
:root{color-scheme:light dark;--ink:#1c1b19;--ink2:#5d5b55;--bg:#fbfbfa;--panel:#fff;--line:#e7e6e2;--accent:#0f766e}
@media(prefers-color-scheme:dark){:root{--ink:#f1f0ec;--ink2:#aaa79e;--bg:#131312;--panel:#1a1a18;--line:#2c2b28;--accent:#2dd4bf}}
body{margin:0;background:var(--bg);color:var(--ink);font:14px/1.5 system-ui,sans-serif}
main{max-width:760px;margin:0 auto;padding:28px 20px}
h1{font-size:18px;margin:0 0 10px;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 12px;margin:0 0 16px;color:var(--ink2)}
dd{margin:0;overflow-wrap:anywhere}p{color:var(--ink2)}a{color:var(--accent);font-weight:600}
iframe{width:100%;height:68vh;border:1px solid var(--line);border-radius:10px;background:#fff}
</style></head><body><main>
<h1>${escapeHtml(preview.subject)}</h1>
<dl><dt>To</dt><dd>${preview.to === null ? 'left empty for the rep to fill in' : escapeHtml(preview.to)}</dd>
<dt>Status</dt><dd>${escapeHtml(statusOf(preview))}</dd></dl>
<iframe sandbox="" title="The draft" srcdoc="${escapeHtml(frameDocument(preview))}"></iframe>
<p><a href="${escapeHtml(emlHref)}" download>Open in your mail program (.eml)</a></p>
</main></body></html>`;
  return new Response(body, {
    // https://www.rfc-editor.org/rfc/rfc9110#name-410-gone: it was there, and is known to be there no longer.
    status: preview.location.outcome === 'gone' ? 410 : 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  });
}

function statusOf({ location, copy }: DraftPreview): string {
  if (location.outcome === 'gone') {
    return `The draft is no longer in the mailbox: somebody sent or deleted it there.${copy ? ' This is what the desk left.' : ''}`;
  }
  if (location.outcome === 'unknown') {
    return `The mailbox does not say where the draft is now.${copy ? ' This is a copy of what the desk left there.' : ''}`;
  }
  return copy ? 'A copy of the draft that the desk left. The desk sends nothing.' : 'Draft. Nothing has been sent.';
}

function frameDocument({ html, text }: DraftPreview): string {
  const content = html === '' ? `<pre style="white-space:pre-wrap">${escapeHtml(text)}</pre>` : html;
  return `<!doctype html><meta charset="utf-8"><body style="margin:16px;color:#1c1b19;background:#fff">${content}</body>`;
}
