import type { DocumentBlock, StructuredDocument } from '../../domain/document';
import { oneLine } from '../../domain/outreach';
import type { ChatNotifier } from '../../ports/alerts';
import { cut, postJson, type Send } from './webhook';

/** https://docs.slack.dev/reference/block-kit/blocks: most characters of a header and a section, most blocks. */
const HEADER_MAX = 150;
const SECTION_MAX = 3_000;
const BLOCKS_MAX = 50;
/** Of the line that notifications show. */
const TEXT_MAX = 1_000;

/** Posts to an incoming webhook of Slack, or of what speaks its language (Mattermost, Rocket.Chat). */
export function createSlack(send: Send): ChatNotifier {
  return {
    post: ({ document }, { webhook, signal }) =>
      postJson(send, 'Slack', { url: webhook, body: toSlack(document), signal }),
  };
}

/** A document as Block Kit. Nothing that came in can be markup, a mention or a link. */
export function toSlack(document: StructuredDocument): object {
  const title = oneLine(document.title);
  const sections = document.sections.flatMap(({ heading, blocks }) => {
    const lines = blocks.flatMap(toLines);
    return lines.length === 0 ? [] : [section(`*${escapeMrkdwn(oneLine(heading))}*`, lines)];
  });
  return {
    text: wholeLines([escapeMrkdwn(title)], TEXT_MAX),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(quiet(title), HEADER_MAX), emoji: false } },
      ...sections.slice(0, BLOCKS_MAX - 1),
    ],
  };
}

function section(heading: string, lines: string[]): object {
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: wholeLines([heading, ...lines], SECTION_MAX), verbatim: true },
  };
}

function toLines(block: DocumentBlock): string[] {
  switch (block.kind) {
    case 'paragraph':
      return [escapeMrkdwn(oneLine(block.text))];
    case 'bullets':
      return block.items.map((item) => `• ${escapeMrkdwn(oneLine(item))}`);
    case 'link':
      return [
        `<${escapeMrkdwn(block.href).replaceAll('|', '%7C')}|${escapeMrkdwn(oneLine(block.text)).replaceAll('|', '¦')}>`,
      ];
    case 'table':
      return block.rows.map((row) => `• ${row.map((cell) => escapeMrkdwn(oneLine(cell))).join(' · ')}`);
  }
}

/** Whole lines as far as they go: a line that is cut could end in half an entity. */
function wholeLines(lines: readonly string[], max: number): string {
  const taken: string[] = [];
  let length = 0;
  for (const line of lines) {
    const short = line.length > max / 2 ? cutEscaped(line, max / 2) : line;
    if (length + short.length + 1 > max - 2) return [...taken, '…'].join('\n');
    taken.push(short);
    length += short.length + 1;
  }
  return taken.join('\n');
}

function cutEscaped(line: string, length: number): string {
  return cut(line, Math.floor(length)).replace(/&[a-z]{0,4}…$/, '…');
}

/**
 * https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` are the only control characters, and
 * `<!channel>` would ring everybody. What marks words (`*bold*`) is made harmless too, as is `@channel`, which receivers
 * other than Slack heed.
 */
export function escapeMrkdwn(text: string): string {
  return quiet(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]/g, (mark) => `${mark}\u200b`);
}

/** A space of no width keeps a mention from being one. */
function quiet(text: string): string {
  return text.replace(/@(?=\w)/g, '@\u200b').replace(/:(?=[\w+-]+:)/g, ':\u200b');
}
